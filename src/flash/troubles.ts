import { UserError } from "../base/errors.js";
import { BootloaderTrouble } from "./bootloaderClient.js";
import { SYNCHRONIZE } from "./bootloaderProtocol.js";
import { type Chip, type FlashPage, pageName } from "./chips.js";
import { hex } from "./planFlash.js";

const toEnter =
  "set BOOT0 high, reset the board and try again; --entry does it by DTR and RTS where they are wired";

function listed(bytes: Uint8Array): string {
  return [...bytes.subarray(0, 8)].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(" ");
}

/** Nothing there speaks the loader's protocol. Anything but a trouble is thrown on as it is. */
/** @param advice for a board whose loader does not listen on the link's cable */
export function cannotSynchronize(port: string, cause: unknown, advice?: string): unknown {
  if (!(cause instanceof BootloaderTrouble)) return cause;
  const options = { cause };
  if (cause.trouble === "silence") {
    return new UserError(
      `no ROM bootloader answers on ${port}`,
      `${advice === undefined ? "" : `${advice}; else `}${toEnter}; else look for TX and RX swapped, no common ground, 5 V levels, or option bits that ignore BOOT0`,
      options,
    );
  }
  if (cause.found.every((byte) => byte === SYNCHRONIZE)) {
    return new UserError(
      `what is sent to ${port} comes back: 0x7f instead of 0x79`,
      "TX and RX are joined, or the adapter echoes: take the bridge out, and wire TX to the board's RX",
      options,
    );
  }
  return new UserError(
    `${port} answers 0x7f with ${listed(cause.found)}, expected 0x79 (ACK)`,
    `a program is running instead of the loader (${toEnter}), or the line is bad: try --baud 57600 and shorter wires`,
    options,
  );
}

/** The loader heard 0x7F, and understands no command. */
export function cannotTalk(port: string, cause: unknown): unknown {
  if (!(cause instanceof BootloaderTrouble)) return cause;
  return new UserError(
    `the loader on ${port} acknowledges 0x7f but no command after it (${cause.message})`,
    "most likely the adapter sends no parity bit (CH340 with an old Linux driver, Raspberry Pi's mini UART): " +
      "use another adapter or a newer kernel, or --baud 57600 if the line is bad",
    { cause },
  );
}

export function unknownChip(port: string, productId: number, known: string): UserError {
  return new UserError(
    `the chip on ${port} has product ID ${hex(productId).slice(-3)}, which this pinfer has no map of; it knows ${known}`,
    "write build/firmware.hex with the chip maker's own tool, STM32CubeProgrammer for one",
  );
}

/**
 * @param wanted what the firmware is for
 * @throws UserError when another chip is there
 */
export function expectChip(
  port: string,
  found: Chip,
  wanted: { readonly id: string; readonly mcu: string; readonly productId?: number },
): void {
  if (wanted.productId === undefined || wanted.productId === found.productId) return;
  throw new UserError(
    `the firmware is for board "${wanted.id}" (${wanted.mcu}), the chip on ${port} is an ${found.name}`,
    "export the model for the board that is there, or choose its port",
  );
}

/** It worked before. */
export function lostLoader(port: string, doing: string, cause: unknown): unknown {
  if (!(cause instanceof BootloaderTrouble)) return cause;
  return new UserError(
    `the loader on ${port} does not go on while ${doing} (${cause.message})`,
    "check cable and power, reset the board with BOOT0 high, and flash again: a cut flash does no harm",
    { cause },
  );
}

/** Reading is refused before an address was given. */
export function readProtected(port: string, cause: BootloaderTrouble): UserError {
  return new UserError(
    `the chip on ${port} is read-protected: its loader refuses Read Memory`,
    `\`stm32flash -k ${port}\` takes the protection off and erases the whole chip`,
    { cause },
  );
}

/** A page's number says nothing then, and another would be erased. */
export function unknownBanks(port: string, chip: Chip, found?: Uint8Array, cause?: unknown): UserError {
  const address = hex(chip.bankOption!.address);
  const what = found === undefined ? "refuses to read" : `answers ${listed(found)} for`;
  return new UserError(
    `the loader on ${port} ${what} the option bytes at ${address}, which say how large the pages of its ${chip.name} are`,
    "nothing was erased; write build/firmware.hex with the chip maker's own tool, STM32CubeProgrammer for one",
    { cause },
  );
}

export function keepsOldBytes(address: number, found: number, expected: number, page: FlashPage): UserError {
  const byte = (value: number): string => `0x${value.toString(16).padStart(2, "0")}`;
  return new UserError(
    `flash holds ${byte(found)} at ${hex(address)} after 3 tries, expected ${byte(expected)}`,
    `${pageName(page)} is most likely write-protected, of which the loader tells nothing: \`stm32flash -u PORT\` ends that`,
  );
}
