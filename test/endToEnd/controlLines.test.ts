import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPty, type Pty } from "../../src/board/pty.js";
import { pinfer } from "../cli/pinfer.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { succeed, trainCorners } from "./projects.js";
import { type StartedBoard, startBoard } from "./startBoard.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const adapter = path("wiredAdapter.so");
const source = fileURLToPath(new URL("../support/wiredAdapter.c", import.meta.url));
const samples = ["--input", path("samples/inputs.npy")];

beforeAll(() => {
  execFileSync("gcc", ["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", adapter, source, "-ldl"]);
  trainCorners(folder);
  succeed("export-firmware", path("model.json"), "-o", path("firmware"));
  succeed("build", path("firmware"));
});

describe.runIf(process.platform === "linux")("a board whose BOOT0 and reset hang on RTS and DTR", () => {
  let board: StartedBoard;
  beforeAll(async () => {
    board = await startBoard();
  });
  afterAll(async () => {
    board.child.stdin!.end();
    await board.ended;
  });

  /** Runs a command whose port has the lines, wired as the preset says. */
  function wired(preset: string, ...programArguments: string[]) {
    const wiring = { WIRED: preset, WIRED_PORT: board.port, WIRED_CONTROL: board.control };
    const env = { ...process.env, ...wiring, LD_PRELOAD: adapter, TMPDIR: folder };
    return pinfer([...programArguments, "--port", board.port, "--json"], { env });
  }

  function answerOf({ code, stdout, stderr }: ReturnType<typeof wired>): object {
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    return JSON.parse(stdout);
  }

  it.each(["rts-boot0-dtr-reset", "dtr-boot0-rts-reset-inverted"])(
    "wired %s is flashed and compared by name of its wiring, and mute without",
    (preset) => {
      const flashed = wired(preset, "flash", path("firmware"), "--entry", preset);
      expect(answerOf(flashed)).toMatchObject({ started: true, network: { name: "corners" } });

      const compare = ["compare", path("model.json"), ...samples, "--limit", "5"];
      const mute = wired(preset, ...compare);
      expect([mute.code, mute.stderr]).toEqual([1, expect.stringMatching(/^error: no answer to hello/)]);
      expect(answerOf(wired(preset, ...compare, "--lines", preset))).toMatchObject({ equal: true });
    },
  );

  it("is brought to its program by steps as well", () => {
    const inferred = wired("rts-boot0-dtr-reset", "infer", ...samples, "--lines", "rts,dtr,-dtr");
    expect(answerOf(inferred)).toMatchObject({ network: { name: "corners" } });
  });
});

describe.runIf(process.platform === "linux")("--lines", () => {
  let pty: Pty;
  beforeAll(async () => {
    pty = await openPty(() => undefined);
  });
  afterAll(() => pty.close());

  it.each([
    ["compare", [path("model.json"), ...samples]],
    ["infer", samples],
    ["monitor", []],
    ["record", ["--label", "walk"]],
    ["profile", [path("model.json")]],
    ["pins", []],
    ["dut", [path("model.json"), ...samples]],
  ])("is heard by %s, and refused where a port has none", (command, programArguments) => {
    const options = ["--port", pty.path, "--lines", "rts-boot0-dtr-reset"];
    expect(fail([command, ...programArguments, ...options])).toEqual({
      error: expect.stringMatching(/^the port has no line RTS to set: /),
      hint: "leave --lines out: there is nothing that it could set",
    });
  });

  it("is refused without a port, and when nobody knows it", () => {
    expect(fail(["infer", ...samples, "--virtual", "--lines", "rts"])).toEqual({
      error: "--lines rts is for a serial port, and no --port is named",
      hint: "leave out --lines, or name the port",
    });
    expect(fail(["infer", ...samples, "--port", pty.path, "--lines", "rst"])).toMatchObject({
      error: 'no entry recipe "rst"',
    });
  });
});
