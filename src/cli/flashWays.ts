import { UserError } from "../base/errors.js";
import type { Board, FlashWay } from "../board/board.js";

/** What each way is typed as. */
const typed: Readonly<Record<FlashWay, string>> = {
  cable: "over the link's cable, through the ROM loader (--port)",
  usb: "over USB, through the ROM loader (--with dfu-util)",
  "st-link": "by the ST-LINK on the board (--with st-flash, openocd, probe-rs or cubeprogrammer)",
  drive: "by copying to the ST-LINK's drive (--with drive)",
  uf2: "by copying firmware.uf2 to the drive RPI-RP2, there when BOOTSEL is held while plugging it in (--with drive)",
};

/** Chips whose loader has no USB: STM32F103, F100 and G07x/08x. Source: AN2606. */
const withoutUsb: readonly (number | undefined)[] = [0x410, 0x420, 0x460];

/** "over the link's cable, …; by …" */
export function describeWays(ways: readonly FlashWay[]): string {
  return ways.map((way) => typed[way]).join("; ");
}

/**
 * A debug probe may be brought to any board; USB and the drive are there or not.
 *
 * @throws UserError when the board cannot be flashed with this program
 */
export function expectWay(board: Board, program: string): void {
  const { flashedBy, productId } = board;
  if (flashedBy?.includes("uf2")) {
    if (program === "drive") return;
    throw new UserError(
      `pinfer flashes board "${board.id}" (${board.mcu}) by its drive: --with ${program} cannot`,
      `it is flashed ${describeWays(flashedBy)}`,
    );
  }
  const way = program === "dfu-util" ? "usb" : program === "drive" ? "drive" : undefined;
  if (way === undefined) return;
  const isRefused =
    flashedBy === undefined ? way === "usb" && withoutUsb.includes(productId) : !flashedBy.includes(way);
  if (!isRefused) return;
  const missing = way === "usb" ? "no ROM loader that is reached by USB" : "no ST-LINK that shows a drive";
  throw new UserError(
    `board "${board.id}" (${board.mcu}) has ${missing}: --with ${program} cannot flash it`,
    flashedBy === undefined
      ? "a debug probe can: --with st-flash, openocd, probe-rs or cubeprogrammer"
      : `it is flashed ${describeWays(flashedBy)}; is it another board? --board names it`,
  );
}

/** For whoever waits for a loader that does not listen where the link is wired. */
export function adviceFor(board: Board | undefined): string | undefined {
  if (board?.flashedBy === undefined || board.flashedBy.includes("cable")) return undefined;
  return (
    `the ROM loader of board "${board.id}" does not listen where its link is wired: it is flashed ` +
    describeWays(board.flashedBy)
  );
}

/**
 * The loader in an STM32's ROM listens at a serial port.
 *
 * @throws UserError for boards that have none
 */
export function expectSerialLoader({ id, productId, flashedBy }: Board): void {
  if (productId !== undefined) return;
  throw new UserError(
    `board "${id}" has ${flashedBy === undefined ? "nothing to flash" : "no ROM loader that a serial port reaches"}`,
    flashedBy === undefined ? "`pinfer boards` lists others" : `it is flashed ${describeWays(flashedBy)}`,
  );
}
