import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { boards } from "../../src/board/boards.js";
import { installCommand } from "../../src/board/runTool.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { readModel } from "../../src/model/modelFile.js";
import { networkHash } from "../../src/network/networkHash.js";
import { startPinfer } from "../cli/pinfer.js";
import { copyChanged, streetLight, succeed, trainCorners } from "../endToEnd/projects.js";
import { temporaryDirectory } from "../firmware/images.js";
import { complaintOf, fail } from "./fail.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const model = path("model.json");
const inputs = ["--input", path("samples/inputs.npy")];
const hostFirmware = path("host");
const boardFirmware = path("board");

beforeAll(() => {
  trainCorners(folder);
  succeed("export-firmware", model, "--board", "host", "-o", hostFirmware);
  succeed("export-firmware", model, "-o", boardFirmware);
});

const compareHost = (firmware: string, ...more: string[]): string[] => [
  ...["compare", model, "--host-c", "--firmware", firmware, ...inputs, ...more],
];

/** A folder of programs for PATH: links to what is there, and shell scripts. */
function programs(name: string, links: readonly string[], scripts: Record<string, string> = {}): string {
  const bin = path(name);
  mkdirSync(bin);
  for (const program of links) {
    const found = execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
    symlinkSync(found, join(bin, program));
  }
  for (const [program, text] of Object.entries(scripts)) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, program), 0o755);
  }
  return bin;
}

describe("tools", () => {
  it("that are missing are named, with the command that installs them", () => {
    const none = { env: { PATH: programs("none", []) } };
    expect(fail(["build", boardFirmware], none)).toEqual({
      error: "arm-none-eabi-gcc is not installed",
      hint: installCommand("arm-none-eabi-gcc"),
    });
    expect(fail(["compare", model, "--host-c", ...inputs], none)).toEqual({
      error: "gcc is not installed",
      hint: installCommand("gcc"),
    });
    const compilerOnly = ["arm-none-eabi-gcc", "arm-none-eabi-size", "arm-none-eabi-objcopy"];
    expect(
      fail(["compare", model, "--virtual", ...inputs], { env: { PATH: programs("compiler", compilerOnly) } }),
    ).toEqual({ error: "qemu-system-arm is not installed", hint: installCommand("qemu-system-arm") });
  });

  it("a compiler that fails is quoted", () => {
    const broken = { "arm-none-eabi-gcc": 'echo "cc1: out of memory allocating 65536 bytes" >&2\nexit 1' };
    const { error } = fail(["build", boardFirmware], { env: { PATH: programs("broken", [], broken) } });
    expect(error).toMatch(
      /^arm-none-eabi-gcc refused .*\.c:\n {2}cc1: out of memory allocating 65536 bytes$/,
    );
  });

  it("a source that was changed for the worse is quoted as the compiler sees it", () => {
    copyChanged(boardFirmware, path("worse"), "network.c", '#include "network.h"', '#include "networks.h"');
    const { error } = fail(["build", path("worse")]);
    expect(error).toContain(`arm-none-eabi-gcc refused ${path("worse/network.c")}:\n`);
    expect(error).toContain("fatal error: networks.h: No such file or directory");
  });
});

describe("a port", () => {
  it("that is not there", () => {
    expect(fail(["compare", model, "--port", "/dev/ttyNOSUCH0", ...inputs])).toEqual({
      error: "there is no port /dev/ttyNOSUCH0",
      hint: "plug the board in; ls /dev/tty* shows what is there",
    });
  });

  it("that another program uses, or where nobody answers", async () => {
    // A started emulator whose core is halted.
    const halted = spawn(
      "qemu-system-arm",
      ["-M", "netduinoplus2", "-S", "-display", "none", "-monitor", "none", "-serial", "pty"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [text] = (await once(halted.stdout, "data")) as [Buffer];
    const port = /redirected to (\S+)/.exec(text.toString())![1]!;

    const other = await openSerialDevice(port);
    expect(fail(["infer", "--port", port, ...inputs])).toEqual({
      error: `port ${port} is in use by another program`,
      hint: `fuser ${port} tells which; end it`,
    });
    await other.close();

    const { error, hint } = fail(["infer", "--port", port, ...inputs]);
    expect(error).toMatch(new RegExp(`^no answer to hello from ${port} in \\d+ ms after \\d+ tries$`));
    expect(hint).toBe(
      "check that the board is powered, flashed and wired to this port (its TX to your RX), and reset it; " +
        "where RTS and DTR are wired to it, say so with --lines",
    );
    halted.kill("SIGKILL");
  });
});

describe("a device", () => {
  it("with another model is refused, with both hashes", () => {
    const other = path("streetLight.json");
    succeed("train", streetLight, "-o", other, "--test-samples", path("streetLight"));
    const hashOf = (file: string): string => networkHash(readModel(file).quantized!).slice(0, 8);
    expect(
      fail([
        ...["compare", other, "--host-c", "--firmware", hostFirmware],
        ...["--input", path("streetLight/inputs.npy")],
      ]),
    ).toEqual({
      error: `the board runs network "corners" ${hashOf(model)}, the host expects ${hashOf(other)}`,
      hint: "export, build and flash this model's firmware, or give the model that is on the board",
    });
  });

  it("that speaks another version of the protocol is refused", () => {
    const changed = path("protocol");
    copyChanged(hostFirmware, changed, "firmware/serve.c", "PROTOCOL_VERSION = 4", "PROTOCOL_VERSION = 5");
    expect(fail(compareHost(changed))).toEqual({
      error: "the device speaks protocol version 5, this pinfer speaks 4",
      hint: "this pinfer is older: update it, or export, build and flash the firmware again with it",
    });
  });

  const sendsRunAnswers = "link_answer_begin(header, STATUS_OK, size);";
  /** Tells a byte more than the answer has whenever the condition on the number of answers before it holds. */
  const breaksAnswers = (condition: string): string =>
    `static int answers;\n    ${sendsRunAnswers.replace("size)", `size + (${condition}))`)}`;

  it("whose answers break now and then is asked again, and compares equal", () => {
    const changed = path("flaky");
    const first = breaksAnswers("answers++ == 0");
    copyChanged(hostFirmware, changed, "firmware/batch.c", sendsRunAnswers, first);
    const { stdout } = succeed(...compareHost(changed, "--limit", "4", "--json"));
    expect(JSON.parse(stdout)).toMatchObject({ equal: true, link: { retries: 1 } });
  });

  it("whose answers are always broken is given up, and the line suspected", () => {
    const changed = path("broken answers");
    copyChanged(hostFirmware, changed, "firmware/batch.c", sendsRunAnswers, breaksAnswers("answers++ >= 0"));
    const { error, hint } = fail(compareHost(changed));
    expect(error).toContain(`from ${join(changed, "build/firmware")} after 3 tries; `);
    expect(error).toMatch(/^no whole answer to \d+ runs from .*; \d+ broken frames came$/);
    expect(hint).toBe("check the baud rate (115200), the ground wire and the cable's length");
  });

  it("whose program ends is told with what it said", () => {
    const changed = path("ends");
    const run = "void network_run(void)\n{\n";
    copyChanged(hostFirmware, changed, "network.c", run, `${run}    __builtin_trap();\n`);
    expect(fail(compareHost(changed)).error).toMatch(/build\/firmware ended with signal SIG(ILL|TRAP)$/);
  });

  it("that never answers, or stops answering, is given up in bounded time", async () => {
    const run = "void network_run(void)\n{\n";
    const main = "    serve_start();\n    for (;;) {\n";
    copyChanged(boardFirmware, path("hangs"), "network.c", run, `${run}    for (;;) {}\n`);
    copyChanged(boardFirmware, path("dead"), "firmware/main.c", main, `    for (;;) {}\n${main}`);
    const start = (name: string) =>
      startPinfer(["compare", model, "--virtual", "--firmware", path(name), ...inputs]).ended;
    const [hangs, dead] = await Promise.all([start("hangs"), start("dead")]);
    expect(complaintOf(hangs).error).toMatch(
      /^no answer to \d+ runs from \/dev\/pts\/\d+ in [67]\d{3} ms after 3 tries \(\d+ bytes came before\)$/,
    );
    expect(complaintOf(dead).error).toMatch(
      /^no answer to hello from \/dev\/pts\/\d+ in \d+ ms after \d+ tries$/,
    );
  });
});

describe("which device", () => {
  it.each([
    [[], 0],
    [["--virtual", "--host-c"], 2],
    [["--port", "/dev/ttyACM0", "--virtual"], 2],
    [["--port", "/dev/ttyACM0", "--virtual", "--host-c"], 3],
  ] as const)("must be named once: %j", (options, found) => {
    expect(fail(["compare", model, ...inputs, ...options])).toEqual({
      error: `expected one of --port, --virtual and --host-c, found ${found}`,
      hint: "--virtual needs no hardware: it boots the firmware on an emulated board",
    });
  });

  it("on a port starts no firmware of ours", () => {
    expect(fail(["compare", model, ...inputs, "--port", "/dev/ttyACM0", "--firmware", "fw"])).toEqual({
      error:
        "--firmware fw is built and started on this computer; a board on /dev/ttyACM0 runs what is flashed on it",
      hint: "leave out --firmware, or give --virtual or --host-c instead of --port",
    });
  });

  it("must be the one that the firmware is for", () => {
    expect(fail(compareHost(boardFirmware))).toEqual({
      error: `${boardFirmware} is firmware for board "olimex-stm32-h405"`,
      hint: "boot it with --virtual, or export it with `--board host`",
    });
    expect(fail(["infer", "--virtual", "--firmware", hostFirmware, ...inputs])).toEqual({
      error: `${hostFirmware} is firmware for board "host"`,
      hint: "run it with --host-c",
    });
    expect(fail(["compare", model, "--virtual", "--board", "host", ...inputs])).toEqual({
      error: 'board "host" is not emulated',
      hint: "run its firmware with --host-c",
    });
  });

  it("must be a board that is known", () => {
    expect(fail(["compare", model, "--virtual", "--board", "blue-pill", ...inputs])).toEqual({
      error: 'no board is called "blue-pill"',
      hint: `known boards: ${boards.map(({ id }) => id).join(", ")}`,
    });
  });

  it("infer needs firmware to start, for it has no model", () => {
    expect(fail(["infer", "--virtual", ...inputs])).toEqual({
      error: "no firmware to start",
      hint: "name an exported folder with --firmware",
    });
  });
});
