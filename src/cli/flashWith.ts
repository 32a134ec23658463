import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { oneLine, printable } from "../base/printable.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import type { Board } from "../board/board.js";
import type { ImageFile } from "../board/readImage.js";
import type { ProgramCall } from "../flash/otherFlashers.js";
import { atEnd } from "./atEnd.js";
import { printJson, printText } from "./commandLine.js";
import { expectWay } from "./flashWays.js";
import type { FlashOptions } from "./reachLoader.js";

/** Has another program flash the image; what it said is shown when it fails. */
export async function flashWith(name: string, image: ImageFile, options: FlashOptions): Promise<void> {
  const { dryRun, json } = options;
  const [{ otherFlashers }, { UserError }, { runTool }, { findBoard }, { findChip }, { planFlash }] =
    await Promise.all([
      import("../flash/otherFlashers.js"),
      import("../base/errors.js"),
      import("../board/runTool.js"),
      import("../board/boards.js"),
      import("../flash/chips.js"),
      import("../flash/planFlash.js"),
    ]);
  const flasher = otherFlashers.get(name);
  if (flasher === undefined && name !== "drive") {
    throw new UserError(
      `no flasher is called "${name}"`,
      `known: drive, ${[...otherFlashers.keys()].join(", ")}`,
    );
  }
  const board = image.board ?? findBoard(options.board);
  if (board.flashBytes === 0 || board.flashedBy?.length === 0) {
    throw new UserError(`board "${board.id}" has no flash`, "`pinfer boards` lists others");
  }
  expectWay(board, name);
  const { productId } = board;
  const chip = productId === undefined ? undefined : findChip(productId);
  if (chip !== undefined) planFlash(chip, image); // says what does not fit
  if (flasher === undefined || productId === undefined) {
    await flashByDrive(image, board, options);
    return;
  }
  const { path } = image;
  const { file, remove } =
    path === undefined ? writeTemporary(image.data) : { file: path, remove: () => undefined };
  try {
    const calls = flasher.calls({ productId, file, address: image.address });
    const lines = calls.map((call) => printable(typed(call)));
    for (const call of dryRun ? [] : calls) {
      const { exitCode, stdout, stderr } = await runTool(call.program, call.arguments);
      if (exitCode !== 0) {
        const said = [stdout, stderr].map((text) => text.trim()).filter(Boolean);
        throw new UserError(
          `${call.program} ended with ${exitCode}:\n${said.join("\n")}`,
          `it reaches the board by ${flasher.by}; the command was: ${typed(call)}`,
        );
      }
    }
    if (json) printJson({ with: name, commands: calls, done: !dryRun });
    else printText(dryRun ? lines.join("\n") : `flashed with ${name}: ${lines.join("; ")}`);
  } finally {
    remove();
  }
}

async function flashByDrive(
  { address, data }: ImageFile,
  { flashAddress, flashedBy }: Board,
  options: FlashOptions,
): Promise<void> {
  const [drives, { uf2 }, { expectBoot2 }, { UserError }, { hex }] = await Promise.all([
    import("../board/boardDrive.js"),
    import("../board/uf2.js"),
    import("../board/rp2040Image.js"),
    import("../base/errors.js"),
    import("../flash/planFlash.js"),
  ]);
  const isUf2 = flashedBy?.includes("uf2") ?? false;
  const kind = isUf2 ? drives.bootselDrive : drives.stlinkDrive;
  if (address !== flashAddress) {
    throw new UserError(
      `the image goes to ${hex(address)}; ${isUf2 ? "the boot ROM starts what is at" : "an ST-LINK's drive writes to"} ${hex(flashAddress)}`,
      isUf2 ? "leave out --address" : "flash it --with st-flash, openocd, probe-rs or cubeprogrammer",
    );
  }
  if (isUf2) expectBoot2(data);
  const file = isUf2 ? uf2(data, address) : data;
  const drive = options.drive ?? drives.findDrive(drives.mountedFolders(), kind);
  const copied = options.dryRun ? undefined : drives.copyToDrive(drive, file, kind);
  if (options.json) printJson({ with: "drive", drive, done: copied !== undefined });
  else if (copied === undefined) printText(oneLine`copy ${file.length} B to ${drive}`);
  else if (isUf2) printText(oneLine`copied to ${copied}: the board writes it, starts it, and the drive goes`);
  else {
    printText(
      oneLine`copied to ${copied}: the ST-LINK writes it and resets the board; FAIL.TXT there would say that it could not`,
    );
  }
}

/** As one would type it. */
function typed(call: ProgramCall): string {
  return [call.program, ...call.arguments]
    .map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

function writeTemporary(data: Uint8Array): { file: string; remove: () => void } {
  const folder = makeTemporaryFolder();
  const file = join(folder, "image.bin");
  writeFileSync(file, data);
  return { file, remove: atEnd(() => rmSync(folder, { recursive: true, force: true })) };
}
