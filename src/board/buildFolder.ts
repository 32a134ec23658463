import { join } from "node:path";
import { UserError } from "../base/errors.js";
import type { Board } from "./board.js";
import { boardOfExport, withPinMap, withSlots, withTextProtocol } from "./boards.js";
import { compileFirmware, FIRMWARE_OPTIMIZATION, type FirmwareImage, NETWORK_FLAGS } from "./compile.js";
import { type FirmwareManifest, networkSources, readWholeManifest } from "./manifest.js";

/** What an exported folder became, with the sizes that the compiler tells. */
export interface BuiltFirmware {
  readonly board: Board;
  readonly manifest: FirmwareManifest;
  readonly image: FirmwareImage;
}

/**
 * Compiles a folder that export-firmware wrote; objects and images go to its build/.
 *
 * @throws UserError when it is no such folder, its files do not belong together, the compiler is missing or refuses a file, or the image does not fit
 */
export async function buildFolder(folder: string): Promise<BuiltFirmware> {
  const manifest = readWholeManifest(folder);
  const plain = boardOfExport(folder, manifest);
  const withText = manifest.dut ? withTextProtocol(plain, manifest) : plain;
  const withPins = manifest.pins ? withPinMap(withText, manifest.pins) : withText;
  const board = manifest.slots === undefined ? withPins : withSlots(withPins);
  const slotBytes = 2 * (manifest.slots ?? 0);
  const { network, others } = networkSources(manifest);
  const image = await compileFirmware({
    board,
    sources: [
      { path: join(folder, network), flags: NETWORK_FLAGS },
      ...others.map((path) => ({ path: join(folder, path), flags: [FIRMWARE_OPTIMIZATION] })),
    ],
    includeDirectories: [folder],
    outputDirectory: join(folder, "build"),
    firmware: join(folder, "firmware"),
  });
  const { sizes } = image;
  if (sizes !== undefined && sizes.flashBytes + slotBytes > board.flashBytes) {
    throw new UserError(
      `${image.elf} takes ${sizes.flashBytes} B of flash${slotBytes > 0 ? ` and ${slotBytes} B for two slots` : ""}; board "${board.id}" has ${board.flashBytes} B`,
      "lower the number of weights, or choose a board with more flash (`pinfer boards`)",
    );
  }
  return { board, manifest, image };
}
