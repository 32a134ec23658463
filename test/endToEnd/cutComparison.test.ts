import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { sealKept } from "../../src/base/keptFile.js";
import { packageVersion } from "../../src/base/packageRoot.js";
import { Random } from "../../src/base/random.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { readInputs } from "../../src/cli/inputs.js";
import { compareDevice } from "../../src/compare/compareDevice.js";
import { writeNpy } from "../../src/formats/samples.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { readModel } from "../../src/model/modelFile.js";
import { onlyInput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { pinfer, startPinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { copyChanged, succeed, trainCorners } from "./projects.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const model = path("model.json");
const samples = 10_000;
const command = (...more: string[]): string[] => {
  const input = ["--input", path("many.npy"), "--labels", path("labels.npy")];
  return ["compare", model, "--host-c", "--firmware", path("host"), ...input, "--json", ...more];
};
/** All that does not differ from run to run. */
const withoutTime = (json: string): string =>
  JSON.stringify({ ...JSON.parse(json), time: undefined }, null, 2);

beforeAll(() => {
  trainCorners(folder);
  succeed("export-firmware", model, "--board", "host", "-o", path("exported"));
  // 0.4 ms of processor time an inference: fast computers would be done before anything is kept.
  const run = "void network_run(void)\n{\n";
  const wait =
    "    const clock_t start = clock();\n    while (clock() - start < CLOCKS_PER_SEC / 2500) {\n    }\n";
  copyChanged(path("exported"), path("host"), "network.c", run, `#include <time.h>\n\n${run}${wait}`);
  const random = new Random(11);
  const values = Int8Array.from({ length: 12 * samples }, () => random.integer(256));
  writeNpy(path("many.npy"), values, [samples, 12]);
  writeNpy(
    path("labels.npy"),
    Int32Array.from({ length: samples }, (_, i) => i % 4),
    [samples],
  );
});

/** Killed when it renames its state for the count-th time. */
function startKilled(count: number, when: "before" | "after", ...programArguments: string[]) {
  const killer = new URL("../support/killAtRename.mjs", import.meta.url).href;
  const env = {
    ...process.env,
    NODE_OPTIONS: `--import=${killer}`,
    KILL_AT: JSON.stringify({ name: "compare.state", count, when }),
  };
  return startPinfer(programArguments, { env }).ended;
}

describe("a comparison of 10 000 samples that is killed", () => {
  const state = path("compare.state");

  it("goes on at the next sample and reports what an uncut one does, byte for byte", async () => {
    const uncut = withoutTime(succeed(...command()).stdout);
    const random = new Random(5);
    const kept = (): number => JSON.parse(readFileSync(state, "utf8").split("\n")[1]).done.samples;
    let done = 0;
    for (const when of ["after", "before", "after"] as const) {
      // before it is the first one's rename, nothing new would have been kept
      const count = random.integer(2) + (when === "before" ? 2 : 1);
      const ended = await startKilled(count, when, ...command("--resume", state));
      expect(ended).toMatchObject({ code: null, signal: "SIGKILL" });
      expect(kept()).toBeGreaterThan(done);
      done = kept();
      expect(done).toBeLessThan(samples);
    }
    expect(withoutTime(succeed(...command("--resume", state)).stdout)).toBe(uncut);
    expect(existsSync(state)).toBe(false);
  });

  it("is not taken up by a comparison of something else", () => {
    const kind = { format: "pinfer comparison", version: 3 };
    const keep = (content: object, version = 3) =>
      writeFileSync(state, sealKept({ ...kind, version }, JSON.stringify(content)));
    const say = () => pinfer(command("--resume", state)).stderr;
    keep({ key: { pinfer: packageVersion, model: "0".repeat(64) }, done: {} });
    const other = say();
    expect(other).toMatch(
      /compare\.state is of another comparison: model is "[0-9a-f]{64}", there it was "0{64}"/,
    );
    expect(other).toContain(`remove ${state} to compare from the first sample`);
    keep({ key: { pinfer: "0.0.1" }, done: {} });
    expect(say()).toContain("is of another comparison: pinfer is");
    keep({}, 4);
    expect(say()).toContain("compare.state is of version 4; this pinfer reads version 3");
    writeFileSync(state, "{");
    expect(say()).toContain("compare.state is no pinfer comparison: its first line does not say so");
  });

  it("is not kept where a dump would lose what was done", () => {
    const { code, stderr } = pinfer(command("--resume", state, "--dump", path("dump")));
    expect(code).toBe(1);
    expect(stderr).toContain("is written at the end and cannot go on after a cut");
  });
});

it("goes on with all layers too, wherever the device was lost, and counts the same bytes", async () => {
  const program = planProgram(readModel(model).quantized!);
  const inputs = (await readInputs(path("many.npy"), onlyInput(program), { limit: 40 })).samples;
  const executable = (await buildFolder(path("host"))).image.elf;
  const options = {
    program,
    network: undefined,
    deviceDescription: "here",
    labels: undefined,
    inputs,
    layers: true,
  };
  const compare = async (store?: { bytes?: Buffer }, loseAt = Number.POSITIVE_INFINITY) => {
    const device = openProcessDevice(executable);
    const kept = store && {
      place: "the store",
      read: () => store.bytes,
      write: (makeBytes: () => Buffer) => {
        store.bytes = makeBytes();
      },
    };
    const onProgress = (done: number) => {
      if (done === loseAt) void device.close();
    };
    try {
      const { time, ...report } = await compareDevice({
        ...options,
        ...(kept === undefined ? {} : { store: kept }),
        device,
        onProgress,
      });
      return report;
    } finally {
      await device.close();
    }
  };
  const uncut = await compare();
  expect(uncut.layers?.[0]?.bytesCompared).toBe(40 * program.calls[0]!.output.bytes);
  const store: { bytes?: Buffer } = {};
  for (const lost of [1, 7, 8, 39]) await expect(compare(store, lost)).rejects.toThrow("was closed");
  expect(await compare(store)).toEqual(uncut);
});
