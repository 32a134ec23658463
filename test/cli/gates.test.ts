import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Checks } from "../../src/cli/checks.js";
import {
  checkDrop,
  checkImage,
  checkTicks,
  readByteLimit,
  readShare,
  readTickLimit,
} from "../../src/cli/gates.js";
import { cornersExperiment, succeed, trainCorners } from "../endToEnd/projects.js";
import { complaintOf, fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { pinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const model = path("model.json");
const inputs = ["--input", path("samples/inputs.npy"), "--limit", "20"];
/** With another class for the first sample: no network has all of them right. */
const labels = ["--labels", path("labels.npy")];

beforeAll(() => {
  trainCorners(folder);
  const changed = readFileSync(path("samples/labels.npy"));
  const headerBytes = 10;
  changed[headerBytes + changed.readUInt16LE(headerBytes - 2)]! ^= 1;
  writeFileSync(path("labels.npy"), changed);
});

describe("a limit is read strictly", () => {
  it.each<[(text: string) => number, Record<string, number>, string[]]>([
    [
      readShare,
      { "0.95": 0.95, "95%": 0.95, "95 %": 0.95, ".5": 0.5, "0": 0, "1": 1, "100%": 1 },
      ["95", "-0.1", "1.01", "101%", "0x1", "1e-2", "", "%", "0.95.", "0,95", "NaN", "half"],
    ],
    [
      readByteLimit,
      { "65536": 65536, "64KiB": 65536, "64kB": 64000, "1 MiB": 1048576, "2MB": 2000000, "7B": 7 },
      ["64KB", "64K", "64k", "64kib", "0", "-1", "1.5KiB", "0x10", "", "KiB", "1e4", "64KiB/s"],
    ],
    [
      readTickLimit,
      { "480000": 480000, "480k": 480000, "2M": 2000000 },
      ["480K", "0", "-1", "1.5M", "1e6", "", "M", "10 000", "480 k"],
    ],
  ])("%o", (read, taken, refused) => {
    for (const [text, value] of Object.entries(taken)) expect([text, read(text)]).toEqual([text, value]);
    for (const text of refused) expect(() => read(text)).toThrow(/^expected .*, found /);
  });

  it("and refused as wrong usage", () => {
    expect(pinfer(["build", "--max-flash", "64KB"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "expected bytes above 0, as 65536, 64KiB (of 1024 B) or 64kB (of 1000 B), found 64KB",
      ),
    });
    expect(pinfer(["train", "x.ts", "--min-accuracy", "95"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected a share of 0..1 or per cent, as 0.02 or 2%, found 95"),
    });
  });
});

describe("a limit holds", () => {
  const failuresOf = (check: (checks: Checks) => void) => {
    const checks = new Checks();
    check(checks);
    return checks.failures.map(({ message }) => message);
  };

  it("exactly at it, whatever the difference of two shares rounds to", () => {
    const drop = (maxDrop: number) =>
      failuresOf((checks) => checkDrop(checks, { maxDrop }, [0.98, "the old"], [0.97, "the new accuracy"]));
    expect(0.98 - 0.97).toBeGreaterThan(0.01);
    expect(drop(0.01)).toEqual([]);
    expect(drop(0.0099)).toEqual([
      "the new accuracy is 0.9700, 0.0100 below the old of 0.9800; --max-drop is 0.0099",
    ]);
  });

  it("of RAM for arena, variables and stack together", () => {
    const sizes = { flashBytes: 4096, arenaBytes: 100, staticRamBytes: 20, stackBytes: 3 };
    const image = (maxRam: number, maxFlash: number) =>
      failuresOf((checks) => checkImage(checks, { maxRam, maxFlash }, sizes));
    expect(image(123, 4096)).toEqual([]);
    expect(image(122, 4095)).toEqual([
      "the image takes 4096 B of flash; --max-flash is 4095 B",
      "arena, variables and stack (arena 100, variables 20, stack 3) take 123 B of RAM; --max-ram is 122 B",
    ]);
  });

  it("of cycles only for cycles: instructions of an emulator are held against a limit of their own", () => {
    const ticks = { unit: "instructions", max: 1000 };
    const check = (limits: object) =>
      failuresOf((checks) => checkTicks(checks, limits, ticks, 'board "pico"'));
    expect(check({ maxInstructions: 1000 })).toEqual([]);
    expect(check({ maxInstructions: 999 })).toEqual([
      "an inference takes up to 1000 instructions; --max-instructions is 999",
    ]);
    expect(check({ maxCycles: 1_000_000 })).toEqual([
      '--max-cycles 1000000 cannot be judged: board "pico" counts instructions',
    ]);
  });

  it("of cycles by those that are modelled, where the board counts none", () => {
    const ticks = { unit: "instructions", max: 1000 };
    const check = (limits: object, modelled: Parameters<typeof checkTicks>[4]) =>
      failuresOf((checks) => checkTicks(checks, limits, ticks, 'board "olimex"', modelled));
    expect(check({ maxCycles: 1500, maxInstructions: 1000 }, { run: { max: 1500 } })).toEqual([]);
    expect(check({ maxCycles: 1499 }, { run: { max: 1500 } })).toEqual([
      "an inference takes up to 1500 modelled cycles, memory without waiting; --max-cycles is 1499",
    ]);
    expect(check({ maxCycles: 1499 }, { missing: "gcc is not installed" })).toEqual([
      '--max-cycles 1499 cannot be judged: board "olimex" counts instructions, and gcc is not installed',
    ]);
  });
});

describe("limits of commands", () => {
  it("of compare: each that does not hold is one error with limit, value and hint, and in JSON a failure", () => {
    const { code, stdout, stderr } = pinfer([
      ...["compare", model, "--host-c", ...inputs, ...labels, "--json"],
      ...["--min-accuracy", "100%", "--max-drop", "1", "--max-flash", "64KiB", "--max-cycles", "1M"],
    ]);
    expect(code).toBe(1);
    const report = JSON.parse(stdout);
    const accuracy = report.accuracy.device as number;
    expect(report.equal).toBe(true);
    expect(report.failures).toEqual([
      {
        message: "--max-flash 65536 B cannot be judged: no image was built for a board",
        hint: "add --virtual, or hold it by `pinfer build`",
      },
      {
        message: `the device's accuracy is ${accuracy.toFixed(4)}; --min-accuracy is 1`,
        hint: "train longer, on more data or with a larger network, or lower the limit",
      },
      {
        message: '--max-cycles 1000000 cannot be judged: board "host" counts nothing',
        hint: "run it on an emulated board (--virtual) or on one with a cycle counter (--port)",
      },
    ]);
    const told = report.failures.map(
      ({ message, hint }: Record<string, string>) => `error: ${message}\nhint: ${hint}\n`,
    );
    expect(stderr.endsWith(told.join(""))).toBe(true);
  });

  it("of accuracy need labels, which is told before the device is asked", () => {
    expect(fail(["compare", model, "--port", "/dev/none", ...inputs, "--min-accuracy", "0.5"])).toEqual({
      error: "--min-accuracy needs the samples' classes, and there are none",
      hint: "give them with --labels",
    });
  });

  it("of build and profile hold the image's flash and RAM, and profile an inference's instructions", () => {
    const firmware = path("firmware");
    succeed("export-firmware", model, "-o", firmware);
    const built = pinfer(["build", firmware, "--max-flash", "1kB", "--max-ram", "1MiB", "--json"]);
    const { sizes, failures } = JSON.parse(built.stdout);
    expect(complaintOf(built)).toEqual({
      error: `the image takes ${sizes.flashBytes} B of flash; --max-flash is 1000 B`,
      hint: "export with --optimize size, train fewer weights, or raise the limit",
    });
    expect(failures).toHaveLength(1);
    const profiled = pinfer([
      "profile",
      model,
      "--virtual",
      "--firmware",
      firmware,
      "--max-instructions",
      "10",
      "--json",
    ]);
    const { run, image } = JSON.parse(profiled.stdout);
    expect(complaintOf(profiled).error).toBe(
      `an inference takes up to ${run.max} instructions; --max-instructions is 10`,
    );
    expect(image).toMatchObject({ ...sizes, ramBytes: expect.any(Number) });
  });

  it("of train hold the int8 network's accuracy on the test data; the model is written all the same", () => {
    const lazy = cornersExperiment.replace("epochs: 6", "epochs: 1").replace("0.01", "1e-9");
    writeFileSync(path("lazy.ts"), lazy);
    const { error, hint } = fail([
      "train",
      path("lazy.ts"),
      "-o",
      path("lazy.json"),
      "--min-accuracy",
      "99%",
    ]);
    expect(error).toMatch(
      /^the int8 network's accuracy on the test data is 0\.\d{4}; --min-accuracy is 0\.99$/,
    );
    expect(hint).toBe("train longer, on more data or with a larger network, or lower the limit");
    expect(succeed("summary", path("lazy.json")).stdout).toContain("corners");
  });

  it("of train need the metric and the test data, which is told before the training", () => {
    writeFileSync(path("none.ts"), cornersExperiment.replace("metrics: [accuracy]", "metrics: []"));
    expect(fail(["train", path("none.ts"), "-o", path("none.json"), "--min-accuracy", "99%"])).toEqual({
      error: "--min-accuracy is held against the metric accuracy; the experiment measures none",
      hint: "add accuracy to its metrics, or leave out --min-accuracy",
    });
  });
});
