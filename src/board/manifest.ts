import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { readText } from "../base/files.js";
import { type Optimize, optimizeModes } from "../program/program.js";

/** The file in an exported folder that says what the folder holds. */
export const manifestName = "pinfer.json";

export interface FirmwareManifest {
  readonly format: "pinfer-firmware";
  readonly version: 1;
  /** A board's id. */
  readonly board: string;
  /** What the network's code was chosen for; it decides the compiler's options too. */
  readonly optimize: Optimize;
  /** It answers the text protocol of MLPerf Tiny too. Left out where it does not. */
  readonly dut?: true;
  /** It holds pins.c and pins.h. */
  readonly pins?: true;
  readonly network: { readonly name: string; readonly hash: string };
  /** Bytes, as planned. */
  readonly sizes: {
    readonly tables: number;
    readonly arena: number;
    readonly input: number;
    readonly output: number;
  };
}

function isManifest(value: unknown): value is FirmwareManifest {
  if (typeof value !== "object" || value === null) return false;
  const { format, version, board, optimize, dut, pins, network, sizes } = value as Partial<FirmwareManifest>;
  return (
    format === "pinfer-firmware" &&
    version === 1 &&
    typeof board === "string" &&
    optimizeModes.some((mode) => mode === optimize) &&
    (dut === undefined || dut === true) &&
    (pins === undefined || pins === true) &&
    typeof network?.name === "string" &&
    /^[0-9a-f]{64}$/.test(network.hash) &&
    [sizes?.tables, sizes?.arena, sizes?.input, sizes?.output].every(Number.isSafeInteger)
  );
}

/** @throws UserError when the folder was not written by export-firmware */
export function readManifest(folder: string): FirmwareManifest {
  const file = join(folder, manifestName);
  if (!existsSync(file)) {
    throw new UserError(
      `${folder} is no exported firmware: it has no ${manifestName}`,
      "make one with `pinfer export-firmware model.json --board olimex-stm32-h405 -o firmware`",
    );
  }
  const text = readText(file);
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    manifest = undefined;
  }
  if (!isManifest(manifest)) {
    throw new UserError(`${file} is damaged, or of another version of pinfer`, "export the firmware again");
  }
  return manifest;
}
