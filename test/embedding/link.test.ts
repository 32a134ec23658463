import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { exportProject, type ProjectOptions } from "../../codegen/formats/exportProject.js";
import { findBoard } from "../../src/board/boards.js";
import { projectFormats } from "../../src/board/projectFormats.js";
import { openPty } from "../../src/board/pty.js";
import { compareDevice } from "../../src/compare/compareDevice.js";
import { describeProgram } from "../../src/link/describeProgram.js";
import { encodeFrame, FrameDecoder } from "../../src/link/frame.js";
import { decodeAnswer, decodeHello, decodeRunResult, MessageType } from "../../src/link/messages.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { updateDevice } from "../../src/link/updateDevice.js";
import { writeModel } from "../../src/model/modelFile.js";
import { profileDevice } from "../../src/profile/profileDevice.js";
import { pinfer, startPinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { columnsNetwork, columnsPins, xor, xorNetwork } from "./networks.js";
import { targets } from "./targets.js";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const directory = temporaryDirectory();
const { program, inputs } = xor();

const run = (tool: string, args: readonly string[], cwd: string): string =>
  execFileSync(tool, args, { cwd, stdio: "pipe", encoding: "utf8" });

function write(folder: string, options: Partial<ProjectOptions> = {}, network = xorNetwork): string {
  const path = join(directory, folder);
  const { files } = exportProject(network, { format: "plain", name: "gate", link: true, ...options });
  for (const { path: file, data } of files) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), data);
  }
  return path;
}

const own = write("own");
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function open(executable: string) {
  const device = openProcessDevice(executable);
  closing.push(() => device.close());
  return device;
}

const sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
const strict = ["-Wall", "-Wextra", "-Werror"];

/** The stranger's program on this computer, its main in C or C++. */
function buildProcess(language: "c" | "c++"): string {
  const name = language === "c" ? "process" : "processCpp";
  run("gcc", ["-std=c99", ...strict, ...sanitize, "-c", "gate.c", "gate_link.c"], own);
  run(
    language === "c" ? "gcc" : "g++",
    [...strict, ...sanitize, "-I.", "-x", language, here("link/process.c"), "-x", "none"].concat(
      ...["gate.o", "gate_link.o", "-o", name],
    ),
    own,
  );
  return join(own, name);
}

/** 0 bytes of outputs and of layers differ, however the program uses the network meanwhile. */
async function expectEqual(executable: string, samples: number): Promise<void> {
  const device = open(executable);
  const report = await compareDevice({
    ...{ program, network: undefined, device, deviceDescription: "a stranger", labels: undefined },
    inputs: Array.from({ length: samples }, (_, i) => inputs[i % inputs.length]!),
    layers: true,
  });
  expect(report.outputs.bytesDifferent).toBe(0);
  expect(report.outputs.bytesCompared).toBe(samples);
  expect(report.layers!.map(({ bytesDifferent }) => bytesDifferent)).toEqual([0, 0]);
  expect(report.link!.retries).toBe(0);
}

describe("a link in another program", () => {
  it.each(projectFormats)("comes with the format %s, the same text in each", (format) => {
    const { files, manifest } = exportProject(xorNetwork, { format, name: "gate", link: true });
    const texts = new Map(files.map(({ path, data }) => [path.replace(/.*\//, ""), String(data)]));
    const plain = exportProject(xorNetwork, { format: "plain", name: "gate", link: true });
    const readme = texts.get("README.md")!;
    for (const name of ["gate_link.h", "gate_link.c"]) {
      expect(texts.get(name)).toBe(String(plain.files.find(({ path }) => path === name)!.data));
      expect(readme).toContain(`${name}\``);
    }
    expect(readme).toContain("\n## Over your UART\n");
    expect(manifest.link).toBe(true);
    expect(exportProject(xorNetwork, { format, name: "gate" }).manifest.link).toBeUndefined();
  });

  it("defines nothing but what the program calls, and has no name of the firmware's", () => {
    run("gcc", ["-std=c99", ...strict, "-c", "gate_link.c"], own);
    const names = run("nm", ["-g", "--defined-only", "gate_link.o"], own).match(/\w+$/gm)!;
    expect(names.sort()).toEqual(["poll", "received", "run", "start"].map((name) => `gate_link_${name}`));
    const text = readFileSync(join(own, "gate_link.c"), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    expect(text).not.toMatch(/\b(IS_GUEST|HAS_\w+|network_\w+|NETWORK_\w+|board_\w+\()/);
    // an input of the requests, the ring, the latest inference: the RAM that docs/formats.md tells
    const bytes = Number(/^\s*\d+\s+(\d+)\s+(\d+)/m.exec(run("size", ["gate_link.o"], own))![2]);
    expect(bytes).toBeLessThanOrEqual(1536);
  });

  it("counts the bytes that its ring could not hold", () => {
    run("gcc", ["-std=c99", "-c", "gate.c", "gate_link.c"], own);
    run("gcc", [...strict, "-I.", here("link/overrun.c"), "gate.o", "gate_link.o", "-o", "overrun"], own);
    const hello = encodeFrame({ type: MessageType.hello, status: 0, id: 1, payload: new Uint8Array(0) });
    const [answer] = new FrameDecoder().push(execFileSync(join(own, "overrun"), { input: hello }));
    const { receiveOverruns, counterKind } = decodeHello(decodeAnswer(answer!.payload).payload);
    expect({ receiveOverruns, counterKind }).toEqual({ receiveOverruns: 300 - 255, counterKind: "none" });
  });

  it.each([
    ["gcc", {}, ["-std=c99"]],
    ["gcc", { arena: "shared" }, ["-std=c11", "-DGATE_LINK_RING_BYTES=4096", "-DGATE_LINK_BUFFER_BYTES=2"]],
    [targets.clang.c, {}, ["-std=c99"]],
  ] as const)("compiles without a warning: %s %o %o", (compiler, options, flags) => {
    const folder = write(`strict-${flags.length}-${compiler}`, options);
    const all = ["-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wundef", "-Wshadow", "-Wcast-qual"];
    run(compiler, [...strict, ...all, ...flags, "-c", "gate_link.c"], folder);
  });

  it.each([
    ["-DGATE_LINK_RING_BYTES=100", "GATE_LINK_RING_BYTES is no power of two up to 32768"],
    ["-DGATE_LINK_BUFFER_BYTES=1", "GATE_LINK_BUFFER_BYTES does not hold one input"],
  ])("refuses %s", (flag, message) => {
    expect(() => run("gcc", [flag, "-fsyntax-only", "gate_link.c"], own)).toThrow(message);
  });

  it("lets the monitor see what its pins infer", () => {
    const pins = { map: columnsPins, board: findBoard("nucleo-f446re") };
    const folder = write("pins", { pins }, columnsNetwork);
    run("gcc", ["-std=c99", ...strict, "-c", "gate.c", "gate_link.c", "gate_pins.c"], folder);
    expect(run("nm", ["gate_pins.o"], folder)).toMatch(/U gate_link_run$/m);
  });

  it("answers pinfer compare on a port, and says what it cannot", async () => {
    const model = join(directory, "model.json");
    writeModel(model, { network: undefined, quantized: xorNetwork, training: {} });
    writeFileSync(join(directory, "inputs.csv"), "0,0\n1,0\n0,1\n1,1\n");
    const child = spawn(buildProcess("c"), { stdio: ["pipe", "pipe", "inherit"] });
    const port = await openPty((bytes) => child.stdin.write(bytes));
    child.stdout.on("data", (bytes: Buffer) => port.write(bytes));
    closing.push(
      () => port.close(),
      () => child.kill(),
    );
    const on = ["--port", port.path, "--input", join(directory, "inputs.csv")];
    const { code, stdout, stderr } = await startPinfer(["compare", model, ...on, "--quiet"]).ended;
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("\n0 of 4 bytes differ\n");
    const fast = await startPinfer(["compare", model, ...on, "--baud", "230400", "--quiet"]).ended;
    expect(fast.stderr).toBe(
      `warning: the link on ${port.path} is a part of another program, whose UART has 115200 baud; going on at 115200\n` +
        "hint: set 230400 baud in that program and give --baud 230400 again, or leave out --baud\n",
    );
  });

  it("is spoken to from C++, whatever the program does with its network meanwhile", async () => {
    const executable = buildProcess("c++");
    await expectEqual(executable, 24);
    const device = open(executable);
    const { counterKind, counterHz, boardId, features } = await device.hello(describeProgram(program));
    expect({ counterKind, counterHz, boardId, features }).toEqual({
      ...{ counterKind: "ticks", counterHz: 1_000_000, boardId: "embedded", features: ["guest"] },
    });
    expect((await profileDevice({ program, device, deviceDescription: "", inputs })).unit).toBe("ticks");
    expect(await device.health()).toBeUndefined();
    await expect(device.reset()).rejects.toThrow("refused reset: unknown request (-1)");
    await expect(updateDevice(device, [])).rejects.toThrow(
      `the link on ${executable} is a part of another program, which pinfer cannot change`,
    );
  });

  const { missing: missingArm } = targets.arm;
  it.skipIf(missingArm !== undefined)(
    `gives the host's bytes on a Cortex-M4, over a UART that interrupts it${missingArm ? ` (${missingArm})` : ""}`,
    async () => {
      const { c, cpp, flags, link } = targets.arm;
      run(c, [...flags, ...strict, "-O2", "-c", "gate.c", "gate_link.c"], own);
      run(
        cpp,
        [...flags, ...strict, "-O1", "-fno-exceptions", "-fno-rtti", "-I.", "-c", here("link/mps2.cpp")],
        own,
      );
      run(c, [...flags, "gate.o", "gate_link.o", "mps2.o", ...link, "-o", "mps2.elf"], own);
      const script = join(own, "mps2.sh");
      const machine = "-M mps2-an386 -display none -monitor none -serial stdio -kernel";
      writeFileSync(script, `#!/bin/sh\nexec qemu-system-arm ${machine} "${join(own, "mps2.elf")}"\n`, {
        mode: 0o755,
      });
      await expectEqual(script, 8);
    },
  );
});

/** As an Arduino core has it: what comes is in flash, and what goes out is printed byte by byte. */
const arduinoCore = (requests: Uint8Array) => `#include "port.h"
#undef F_CPU
#define F_CPU 16000000UL
static const uint8_t requests[] PROGMEM = {${[...requests].join(", ")}};
static uint16_t next_byte;
struct Port {
    void begin(long) {}
    int available() { return (int)(sizeof requests - next_byte); }
    int read() { return read_byte(&requests[next_byte++]); }
    void write(uint8_t byte) { put_number(byte); }
};
static Port Serial;
static inline uint32_t micros() { return 4; }
void setup();
void loop();
int main() { setup(); for (uint8_t i = 0; i < 9; i++) loop(); leave(); return 0; }
`;

const { missing: missingAvr } = targets.avr;
describe.skipIf(missingAvr !== undefined)(
  `the link on an ATmega2560, whose int has 16 bits${missingAvr ? ` (${missingAvr})` : ""}`,
  () => {
    it("answers in a sketch as anywhere", () => {
      const folder = write("arduino", { format: "arduino" });
      const frames = (...payloads: readonly (readonly [type: number, payload: readonly number[]])[]) =>
        payloads.map(([type, payload], i) =>
          encodeFrame({ type, status: 0, id: i + 1, payload: Uint8Array.from(payload) }),
        );
      const asked = frames(
        [MessageType.hello, []],
        [MessageType.run, [0, 64]],
        [MessageType.run, [64, 64]],
        [MessageType.reset, []],
      );
      const answer = (requests: readonly Uint8Array[]) => {
        writeFileSync(join(folder, "Arduino.h"), arduinoCore(Buffer.concat(requests)));
        const common = ["-mmcu=atmega2560", "-Os", ...strict, "-Isrc", `-I${here(".")}`];
        const sketch = "examples/GateLink/GateLink.ino";
        run("avr-gcc", [...common, "-std=gnu11", "-c", "src/gate.c", "src/gate_link.c"], folder);
        const asCpp = ["-std=gnu++11", "-I.", "-include", "Arduino.h", "-x", "c++", sketch, "-x", "none"];
        run("avr-g++", [...common, ...asCpp, "gate.o", "gate_link.o", "-o", "program"], folder);
        const [tool, ...args] = targets.avr.run;
        const printed = run(tool, [...args, "program"], folder).match(/(?<=^|m)\d+/gm)!;
        return new FrameDecoder().push(Uint8Array.from(printed.map(Number)));
      };
      const answers = answer(asked);
      expect(answers.map(({ status }) => status)).toEqual([0, 0, 0, -1]);
      const [first, ...runs] = answers.map(({ payload }) => decodeAnswer(payload).payload);
      expect(decodeHello(first!)).toMatchObject({
        counterKind: "ticks",
        coreHz: 16_000_000,
        aheadBytes: 128,
      });
      expect(runs.slice(0, 2).map((payload) => [...decodeRunResult(payload).output])).toEqual([[64], [0]]);
    });
  },
);

describe("the command line", () => {
  it("has --link for projects alone", () => {
    const { code, stderr } = pinfer(["export-firmware", "model.json", "--link"]);
    expect([code, stderr]).toEqual([
      1,
      "error: --link is about a project of yours; firmware has the link without it\n" +
        `hint: leave it out, or say which project: --format ${projectFormats.join(", ")}\n`,
    ]);
  });
});
