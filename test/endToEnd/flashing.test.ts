import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { boards } from "../../src/board/boards.js";
import { pinfer } from "../cli/pinfer.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { emulatorPath, withPath } from "../support/emulator.js";
import { until } from "../support/until.js";
import { succeed, trainCorners } from "./projects.js";
import { processesWith, type StartedBoard, startBoard } from "./startBoard.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const firmware = path("firmware");
const image = path("firmware/build/firmware.bin");

const otherBoards = boards.filter(
  ({ id, emulatorMachines, productId }) =>
    productId && emulatorMachines.length > 0 && id !== "olimex-stm32-h405",
);

beforeAll(() => {
  trainCorners(folder);
  succeed("export-firmware", path("model.json"), "-o", firmware);
  succeed("build", firmware);
});

const run = promisify(execFile);
const hasStm32flash = await run("stm32flash", ["-h"]).then(
  () => true,
  (error) => error.code !== "ENOENT",
);

function compareOver(port: string): { equal: boolean; differingBytes: number } {
  const compared = succeed(
    ...["compare", path("model.json"), "--port", port, "--json"],
    ...["--input", path("samples/inputs.npy"), "--limit", "20"],
  );
  return JSON.parse(compared.stdout);
}

/** The control socket is found in the same temporary folder. */
const sameFolder = { env: { ...process.env, TMPDIR: folder } };

function flash(...programArguments: string[]): string {
  const { code, stdout, stderr } = pinfer(["flash", ...programArguments], sameFolder);
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return stdout;
}

describe.runIf(process.platform === "linux")("a board of its own", () => {
  let board: StartedBoard;
  beforeAll(async () => {
    board = await startBoard(["--flash", path("kept.bin")], sameFolder);
  });
  afterAll(async () => {
    board.child.stdin!.end();
    await board.ended;
  });

  it.runIf(hasStm32flash)(
    "takes an image from stm32flash, which nobody here wrote: written, verified, read back, started",
    async () => {
      expect(board.state).toBe("bootloader");
      // A pty has no parity bit, and stm32flash insists on what it asked for.
      const stm32flash = (...options: string[]) => run("stm32flash", ["-m", "8n1", ...options, board.port]);
      const size = readFileSync(image).length;
      const { stdout } = await stm32flash("-w", image, "-v");
      expect(stdout).toContain("Device ID    : 0x0413 (STM32F40xxx/41xxx)");
      expect(stdout).toContain("Wrote and verified address 0x08000100");
      const copy = path("copy.bin");
      await stm32flash("-r", copy, "-S", `0x08000000:${size}`);
      expect(readFileSync(copy).equals(readFileSync(image))).toBe(true);
      await stm32flash("-g", "0x08000000");
      expect(compareOver(board.port)).toMatchObject({ equal: true });
      // -R has a few instructions in RAM reset the chip.
      for (const line of ["boot0 1", "reset", "boot0 0"]) expect(await board.ask(line)).toMatch(/^ok/);
      await stm32flash("-R");
      expect(compareOver(board.port)).toMatchObject({ equal: true });
    },
  );

  it("takes 64 KB from pinfer flash, all of them", async () => {
    const bytes = Uint8Array.from({ length: 65_536 }, (_, i) => (i * 151 + (i >> 8)) & 0xff);
    writeFileSync(path("large.bin"), bytes);
    const flashed = flash(path("large.bin"), "--port", board.port, "--no-start", "--json");
    expect(JSON.parse(flashed)).toMatchObject({
      ...{ bytes: 65_536, pages: [0, 1, 2, 3], writtenBytes: 65_536, verifiedBytes: 65_536, retries: 0 },
      ...{ verifiedBy: "reading back", started: false, network: null },
    });
    expect(await board.ask("reset")).toBe("ok bootloader boot0 1");
    expect(readFileSync(path("kept.bin")).subarray(0, 65_536).equals(bytes)).toBe(true);
  });

  it("runs what pinfer flash puts there, whatever ran before, and compares equal over the same port", async () => {
    const first = flash(firmware, "--port", board.port);
    expect(first).toMatch(/: \d pages? erased, written, verified by reading back, in [\d.]+ s\nstarted\n/);
    expect(first).toMatch(/^"corners" \([0-9a-f]{8}\) answers$/m);
    // The first time the loader waited, now a program runs.
    expect(flash(firmware, "--port", board.port)).toContain("started\n");
    expect(compareOver(board.port)).toMatchObject({ equal: true });
    expect(await board.ask("state")).toBe("ok running boot0 0");
  });

  it("runs its program again after firmware for another board was refused", async () => {
    succeed("export-firmware", path("model.json"), "--board", "stm32vldiscovery", "-o", path("other"));
    succeed("build", path("other"));
    const refused = fail(["flash", path("other"), "--port", board.port], sameFolder);
    expect(refused.error).toMatch(
      /^the firmware is for board "stm32vldiscovery" .*, the chip on .* is an STM32F405/,
    );
    expect(await board.ask("state")).toBe("ok running boot0 0");
    expect(compareOver(board.port)).toMatchObject({ equal: true });
  });

  it("has neither DTR nor RTS", () => {
    expect(fail(["flash", firmware, "--port", board.port, "--entry", "rts-boot0-dtr-reset"])).toEqual({
      error: expect.stringMatching(/^the port has no line RTS to set: /),
      hint: "leave --entry out, and bring the board into its loader by hand",
    });
  });

  it("whose program runs has no loader, and flash says how to get there", () => {
    // Another TMPDIR, so that the control socket is not found.
    expect(fail(["flash", firmware, "--port", board.port])).toEqual({
      error: `no ROM bootloader answers on ${board.port}`,
      hint: expect.stringMatching(/^set BOOT0 high, reset the board and try again; /),
    });
  });

  it("runs what its file has kept", async () => {
    board.child.stdin!.end();
    expect(await board.ended).toMatchObject({ code: 0 });
    expect(existsSync(board.control)).toBe(false);
    board = await startBoard(["--flash", path("kept.bin")], sameFolder);
    expect(board.state).toBe("running");
    expect(compareOver(board.port)).toMatchObject({ equal: true });
  });
});

describe.runIf(process.platform === "linux")("pinfer board leaves no process and no file behind", () => {
  const endings: [string, (board: StartedBoard) => void, boolean][] = [
    ["gets Ctrl-C", ({ child }) => child.kill("SIGINT"), true],
    ["is told to end", ({ child }) => child.kill("SIGTERM"), true],
    ["is killed outright", ({ child }) => child.kill("SIGKILL"), false],
    ["loses who started it", ({ child }) => child.stdin!.end(), true],
  ];

  it.each(endings)("when it %s while a program runs and its port is open", async (name, end, cleansUp) => {
    const temporary = path(`t ${name}`.replaceAll(" ", "-"));
    mkdirSync(temporary);
    const env = { ...process.env, TMPDIR: temporary };
    const kept = path(`${name}.bin`);
    const whole = Buffer.alloc(1024 * 1024, 0xff);
    readFileSync(image).copy(whole);
    writeFileSync(kept, whole);
    const board = await startBoard(["--flash", kept], { env });
    const { SerialPort } = await import("serialport");
    const port = new SerialPort({ path: board.port, baudRate: 115_200 });
    port.on("error", () => undefined);
    expect(board.state).toBe("running");
    const running = processesWith(`TMPDIR=${temporary}`).join("\n");
    for (const program of ["qemu-system-arm", "script"]) expect(running).toContain(` ${program} -`);
    end(board);
    await board.ended;
    await until(() => processesWith(`TMPDIR=${temporary}`).length === 0);
    const left = readdirSync(temporary).filter((entry) => /sock$|^pinfer-(flash|image)/.test(entry));
    expect(left.length).toBe(cleansUp ? 0 : 2); // the control sockets of its pty and of its TCP port
    if (port.isOpen) port.close(() => undefined);
  });
});

describe("pinfer flash", () => {
  it("says what it would do, and touches nothing", () => {
    const size = readFileSync(image).length;
    const expected =
      `STM32F405/407/415/417: ${size.toLocaleString("en").replace(",", " ")} B at 0x08000000\n` +
      "erase page 0: 16 384 B from 0x08000000\n" +
      `write ${Math.ceil(size / 256)} blocks, that at 0x08000000 last; read them back; go 0x08000000\n`;
    for (const file of ["", "/build/firmware.bin", "/build/firmware.elf", "/build/firmware.hex"]) {
      expect(succeed("flash", firmware + file, "--dry-run").stdout).toBe(expected);
    }
    const plan = JSON.parse(succeed("flash", firmware, "--dry-run", "--json").stdout);
    expect(plan).toMatchObject({ dryRun: true, address: 0x08000000, bytes: size, pages: [0] });
  });

  it.runIf(process.platform === "linux")("flashes a board that it starts for the purpose", () => {
    const { stdout } = succeed("flash", firmware, "--virtual", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ started: true, network: { name: "corners" } });
  });

  it("says what it would do to boards that nothing emulates here", () => {
    const dryRun = (board: string): string => {
      const folder = path(board);
      succeed("export-firmware", path("model.json"), "--board", board, "-o", folder);
      succeed("build", folder);
      return succeed("flash", folder, "--dry-run").stdout;
    };
    expect(dryRun("nucleo-l4r5zi")).toMatch(
      /^STM32L4R5.*\nerase page 0 to page 1: 8 192 B from 0x08000000\n/,
    );
    expect(dryRun("nucleo-g0b1re")).toMatch(
      /^STM32G0B1.*\nerase page 0 to page 4: 10 240 B from 0x08000000\n/,
    );
  });

  for (const board of otherBoards) {
    const emulators = emulatorPath(board);
    it.skipIf(emulators === undefined)(
      `flashes a virtual ${board.id} through the loader in its ROM`,
      async () => {
        const folder = path(board.id);
        succeed("export-firmware", path("model.json"), "--board", board.id, "-o", folder);
        succeed("build", folder);
        const run = () => succeed("flash", folder, "--virtual", "--json");
        const { stdout } = await withPath(emulators!, run);
        expect(JSON.parse(stdout)).toMatchObject({ started: true, network: { name: "corners" } });
      },
    );
  }

  it.each([
    [[], 0],
    [["--port", "/dev/ttyACM0", "--virtual"], 2],
  ])("needs one way to the board: %j", (options, found) => {
    expect(fail(["flash", firmware, ...options])).toEqual({
      error: `expected one of --port, --virtual and --with, found ${found}`,
      hint: "--port takes the serial port the board's loader listens on; --virtual needs no hardware",
    });
  });
});
