import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { crc32 } from "node:zlib";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import { writeFilesAtomically } from "../../src/base/files.js";
import type { Board } from "../../src/board/board.js";
import { findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";
import type { Device } from "../../src/link/device.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { openSerialDevice } from "../../src/link/serialDevice.js";
import type { PlanOptions } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import type { GoldenCheck } from "./check.js";
import { checkDevice } from "./check.js";
import type { GoldenModel } from "./models.js";

/** This computer by the emitted C, the board that commands take by default, or another that is emulated, by its id. */
export type DeviceKind = "host C" | "emulator" | (string & {});

const boardIds: Readonly<Record<string, string>> = { "host C": "host", emulator: "olimex-stm32-h405" };

interface OpenDevice {
  readonly device: Device;
  /** Where the arena starts in the device's memory; undefined where it cannot be read. */
  readonly arenaAddress: number | undefined;
  readonly program: Program;
  close(): Promise<void>;
}

/** The address that the linker gave the arena. */
function addressOfArena(elf: string, { compiler }: Board): number {
  const symbols = execFileSync(compiler.replace(/gcc$/, "nm"), [elf], { encoding: "utf8" });
  const address = /^([0-9a-f]+) \w network_arena$/m.exec(symbols)?.[1];
  if (address === undefined) throw new Error(`${elf} has no network_arena`);
  return Number.parseInt(address, 16);
}

/** Exports a golden network as firmware, builds and starts it. */
async function openGoldenDevice(
  model: GoldenModel,
  kind: DeviceKind,
  options: PlanOptions,
): Promise<OpenDevice> {
  const folder = mkdtempSync(join(tmpdir(), "pinfer-golden-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const { files, program } = exportFirmware(model.network, findBoard(boardIds[kind] ?? kind), options);
    for (const { path } of files) mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFilesAtomically(files.map(({ path, data }) => ({ path: join(folder, path), data })));
    const { image, board } = await buildFolder(folder);
    if (kind === "host C") {
      const device = openProcessDevice(image.elf);
      const close = async () => {
        await device.close();
        remove();
      };
      return { device, arenaAddress: undefined, program, close };
    }
    const virtual = await startVirtualBoard({ elf: image.elf, board });
    const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs, elf: image.elf });
    const close = async () => {
      await device.close();
      await virtual.stop();
      remove();
    };
    return { device, arenaAddress: addressOfArena(image.elf, board), program, close };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Where the logits lie after a whole run: a softmax leaves its input as it is. */
async function checkLogitsInMemory(
  check: GoldenCheck,
  { device, arenaAddress, program }: OpenDevice,
  model: GoldenModel,
  vector: number,
): Promise<void> {
  const softmax = program.calls.find(({ kind }) => kind === "softmax");
  if (softmax === undefined || model.logits === undefined || arenaAddress === undefined) return;
  const { offset, bytes } = softmax.inputs[0]!;
  const expected = model.logits[vector]!;
  const found = await device.memoryChecksum(arenaAddress + offset, bytes);
  check.logits++;
  check.bytes += bytes;
  if (bytes !== expected.length || found !== crc32(Uint8Array.from(expected))) {
    check.differences.push(`vector ${vector}, logits after a whole run: another checksum`);
  }
}

/**
 * Compares a golden network's device with the vectors: whole runs, the logits they leave in the arena, and single
 * layers where there is a dump; on the host's device, whose pipe is fast, the logits of single layers.
 */
export async function checkOnDevice(
  model: GoldenModel,
  kind: DeviceKind,
  vectors: readonly number[],
  options: PlanOptions = {},
  onVector?: (vectors: number) => void,
): Promise<GoldenCheck> {
  const open = await openGoldenDevice(model, kind, options);
  try {
    return await checkDevice(model, open.program, open.device, vectors, {
      ...(kind === "host C" ? { layersOf: () => true } : {}),
      afterRun: (check, vector) => checkLogitsInMemory(check, open, model, vector),
      ...(onVector ? { onVector } : {}),
    });
  } finally {
    await open.close();
  }
}
