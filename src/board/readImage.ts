import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { readBytes } from "../base/files.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import type { FlashImage } from "../flash/planFlash.js";
import type { Board } from "./board.js";
import { boardOfExport } from "./boards.js";
import { type FirmwareManifest, readWholeManifest } from "./manifest.js";
import { runTool } from "./runTool.js";

/** The largest flash of a chip that is known is 1 MB; room for those to come. */
const LARGEST_IMAGE_BYTES = 16 * 2 ** 20;
const COMPILER = "arm-none-eabi-gcc";

/** Bytes for a flash, and where they came from. */
export interface ImageFile extends FlashImage {
  /** A .bin of these bytes; undefined when the image came in another form. */
  readonly path: string | undefined;
  /** Of an exported folder: what it is for, and which network will answer. */
  readonly board?: Board;
  readonly manifest?: FirmwareManifest;
}

/**
 * Reads an exported folder's image, or a .bin, .hex or .elf.
 *
 * @param address where a .bin goes; the others say so themselves
 * @throws UserError when there is none, or it is not built since it was exported
 */
export async function readImage(path: string, address: number): Promise<ImageFile> {
  if (existsSync(path) && statSync(path).isDirectory()) return readFolder(path);
  const kind = extname(path).toLowerCase();
  if (kind === ".bin") return { address, data: readBytes(path, LARGEST_IMAGE_BYTES), path };
  if (kind === ".hex" || kind === ".elf") return convert(path, kind === ".hex" ? "ihex" : "elf32-littlearm");
  throw new UserError(
    `${path} is no firmware: expected an exported folder, .bin, .hex or .elf`,
    "pinfer export-firmware writes a folder, pinfer build compiles it",
  );
}

function readFolder(folder: string): ImageFile {
  const manifest = readWholeManifest(folder);
  const board = boardOfExport(folder, manifest);
  if (board.flashBytes === 0) {
    throw new UserError(
      `${folder} is firmware for board "${board.id}", which has no flash`,
      "export it for another board",
    );
  }
  const path = join(folder, "build", "firmware.bin");
  const hint = `pinfer build ${folder}`;
  if (!existsSync(path)) throw new UserError(`${folder} is not built: there is no ${path}`, hint);
  const builtAt = statSync(path).mtimeMs;
  for (const file of Object.keys(manifest.files).map((name) => join(folder, name))) {
    if (builtAt < statSync(file).mtimeMs) throw new UserError(`${path} is older than ${file}`, hint);
  }
  return { address: board.flashAddress, data: readBytes(path, LARGEST_IMAGE_BYTES), path, board, manifest };
}

/** What the compiler's own tools make of it: bytes from the lowest address that is loaded, gaps erased. */
async function convert(path: string, format: string): Promise<ImageFile> {
  readBytes(path, LARGEST_IMAGE_BYTES); // says what is wrong with the file itself
  const folder = makeTemporaryFolder();
  try {
    const binary = join(folder, "image.bin");
    const run = async (tool: string, toolArguments: readonly string[]) => {
      const { exitCode, stdout, stderr } = await runTool(tool, toolArguments, { packageTool: COMPILER });
      if (exitCode !== 0) throw new UserError(`${path} cannot be read: ${stderr.trim()}`, "build it again");
      return stdout;
    };
    const table = await run("arm-none-eabi-objdump", ["-b", format, "-h", path]);
    const sections = [
      ...table.matchAll(/^ *\d+ \S+ +([0-9a-f]{8}) +[0-9a-f]{8} +([0-9a-f]{8}).*\n.*\bLOAD\b/gm),
    ];
    const loaded = sections.filter(([, size]) => Number.parseInt(size, 16) > 0);
    if (loaded.length === 0) throw new UserError(`${path} holds nothing to load`, "build it again");
    const starts = loaded.map(([, , address]) => Number.parseInt(address, 16));
    const ends = loaded.map(([, size], i) => starts[i] + Number.parseInt(size, 16));
    const address = Math.min(...starts);
    const span = Math.max(...ends) - address;
    if (span > LARGEST_IMAGE_BYTES) {
      throw new UserError(`${path} spans ${span} B of addresses`, "leave out what does not go to flash");
    }
    await run("arm-none-eabi-objcopy", ["-I", format, "-O", "binary", "--gap-fill", "0xff", path, binary]);
    return { address, data: readFileSync(binary), path: undefined };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
