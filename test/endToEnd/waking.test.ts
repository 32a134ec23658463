import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { buildFolder } from "../../src/board/buildFolder.js";
import { readInputs } from "../../src/cli/inputs.js";
import { compareDevice } from "../../src/compare/compareDevice.js";
import { openDevice } from "../../src/link/device.js";
import { openProcessLine } from "../../src/link/processDevice.js";
import { readModel } from "../../src/model/modelFile.js";
import { onlyInput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { succeed, trainCorners } from "./projects.js";

const folder = temporaryDirectory();
const model = join(folder, "model.json");
let executable: string;

beforeAll(async () => {
  trainCorners(folder);
  succeed("export-firmware", model, "--board", "host", "-o", join(folder, "host"));
  executable = (await buildFolder(join(folder, "host"))).image.elf;
});

/** Compares with a device that does not hear the first requests, as one that wakes. */
async function compareWaking(lostRequests: number) {
  const program = planProgram(readModel(model).quantized!);
  const { samples: inputs } = await readInputs(join(folder, "samples/inputs.npy"), onlyInput(program));
  const line = openProcessLine(executable);
  let written = 0;
  const device = openDevice({
    ...line,
    write: (bytes) => {
      if (written++ >= lostRequests) line.write(bytes);
    },
  });
  const options = { program, network: undefined, deviceDescription: "waking", labels: undefined };
  const { time, ...report } = await compareDevice({ ...options, device, inputs }).finally(() =>
    device.close(),
  );
  return report;
}

it("a comparison reports the same, bytes on the link too, however often a waking device was asked", async () => {
  const report = await compareWaking(0);
  expect(report.link?.retries).toBe(0);
  for (const lost of [1, 2, 4]) expect([lost, await compareWaking(lost)]).toEqual([lost, report]);
});
