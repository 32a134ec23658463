import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { bootImage } from "../../src/board/bootImage.js";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { chooseMachine, startEmulator } from "../../src/board/emulator.js";
import { readImage } from "../../src/board/readImage.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import { stm32f405 } from "../../src/flash/chips.js";
import { openDevice } from "../../src/link/device.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import { compileNetwork, everyByteInput, fixture, temporaryDirectory } from "../firmware/images.js";

const board = findBoard("olimex-stm32-h405");
const directory = temporaryDirectory();

it("an emulated board answers by TCP too", async () => {
  const { elf } = await compileNetwork(board.id, "fixture", directory);
  const virtual = await startVirtualBoard({ elf, board, link: "tcp" });
  expect(virtual.portPath).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
  const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
  expect((await device.run(everyByteInput())).output).toEqual(fixture.run(everyByteInput()));
  await device.close();
  await virtual.stop();
});

it.each(["descriptors", "loopback"] as const)(
  "flash runs on an emulator that is reached by %s",
  async (reachedBy) => {
    const { bin } = await compileNetwork(board.id, "fixture", directory);
    const memory = new ChipMemory(stm32f405);
    const { data } = await readImage(bin!, board.flashAddress);
    memory.flash.set(data);
    const folders = () => readdirSync(tmpdir()).filter((name) => name.includes(`-${process.pid}-`)).length;
    const before = folders();
    let hear = (_bytes: Uint8Array): void => undefined;
    const failures: string[] = [];
    const emulator = await startEmulator({
      ...{
        board,
        machine: await chooseMachine(board),
        image: bootImage(memory, board.flashAddress),
        reachedBy,
      },
      onBytes: (bytes) => hear(bytes),
      onReset: () => failures.push("reset"),
      onFailure: (code, text) => failures.push(`${code} ${text}`),
    });
    const device = openDevice({
      ...{ name: "emulator", bytesPerSecond: 10_000, write: emulator.write, stolenMs: emulator.stolenMs },
      listen: (onBytes) => {
        hear = onBytes;
      },
      close: async () => undefined,
    });
    expect((await device.run(everyByteInput())).output).toEqual(fixture.run(everyByteInput()));
    await emulator.stop();
    expect([failures, folders()]).toEqual([[], before]);
  },
);

it("an emulator that does not start is told by what it said", async () => {
  const image = bootImage(new ChipMemory(stm32f405), board.flashAddress);
  const listener = { onBytes: () => undefined, onReset: () => undefined, onFailure: () => undefined };
  await expect(
    startEmulator({ board, machine: "no-such-machine", image, reachedBy: "loopback", ...listener }),
  ).rejects.toThrow(
    /^qemu-system-arm ended before its serial port was there:\n.*no-such-machine|unsupported machine/s,
  );
});
