import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBoard } from "../../../src/board/boards.js";
import { startVirtualBoard, type VirtualBoard } from "../../../src/board/virtualBoard.js";
import { openDevice } from "../../../src/link/device.js";
import type { Line } from "../../../src/link/line.js";
import { openProcessLine } from "../../../src/link/processDevice.js";
import { openSerialLine } from "../../../src/link/serialDevice.js";
import { temporaryDirectory } from "../../firmware/images.js";
import { byteFaults } from "./byteFaults.js";
import { faultNames, runFault } from "./runFaults.js";
import { compileFixture, expected } from "./stands.js";

const directory = temporaryDirectory();

async function survive(fault: string, openEnd: () => Line, injections: number): Promise<void> {
  const { messages, ...row } = await runFault(fault, { openEnd, expected, injections, seed: 5 });
  expect([...messages].filter((message) => /undefined|NaN|\[object/.test(message))).toEqual([]);
  expect(row).toMatchObject({ injections, wrong: 0, hangs: 0, crashes: 0 });
}

describe("the host's code and the firmware under the sanitizers, on a line under fire", () => {
  let executable: string;
  beforeAll(async () => {
    executable = await compileFixture("host", `${directory}/host`, { sanitize: true });
  });

  it("has more than twelve kinds of fault to survive", () => {
    expect(new Set(faultNames).size).toBeGreaterThan(12);
  });

  it.each(faultNames)("gives what is right, or says why not: %s", async (fault) => {
    await survive(fault, () => openProcessLine(executable), 12);
  });
});

describe("the host's code and the emulated board, on a line under fire", () => {
  let virtual: VirtualBoard;
  let port: Line;
  let hear: (bytes: Uint8Array) => void = () => undefined;
  const openEnd = (): Line => ({
    ...port,
    listen: (onBytes) => {
      hear = onBytes;
    },
    close: async () => {
      hear = () => undefined;
    },
  });
  beforeAll(async () => {
    const elf = await compileFixture("olimex-stm32-h405", `${directory}/board`, { sanitize: false });
    virtual = await startVirtualBoard({ elf, board: findBoard("olimex-stm32-h405") });
    port = { ...(await openSerialLine(virtual.portPath, 115_200)), stolenMs: virtual.stolenMs };
    port.listen(
      (bytes) => hear(bytes),
      () => undefined,
    );
    await openDevice(openEnd()).hello(); // it wakes
  });
  afterAll(async () => {
    await port?.close();
    await virtual?.stop();
  });

  it.each(Object.keys(byteFaults))("gives what is right, or says why not: %s", async (fault) => {
    await survive(fault, openEnd, 3);
  });
});
