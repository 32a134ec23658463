import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import type { Board } from "./board.js";

/** Something that board.json says and a file beside it says again, to the compiler or the linker. */
interface Claim {
  readonly file: "wiring.h" | "linker.ld";
  readonly what: string;
  /** Its group is the value. */
  readonly pattern: RegExp;
  readonly expected: string;
  /** A family whose clock.c does not ask for it leaves it out. */
  readonly isOptional?: boolean;
}

/**
 * Holds a board's wiring.h and linker.ld against its board.json: a folder that was copied and changed in one place only
 * would run at another clock than it says, or write where there is no memory.
 *
 * @param place the folder, for messages
 * @param read the text of a file in it
 * @throws UserError that names file, value and what was expected
 */
export function expectAgreement(board: Board, place: string, read: (file: string) => string): void {
  for (const { file, what, pattern, expected, isOptional } of claims(board)) {
    const found = pattern.exec(read(file))?.[1];
    if (found === expected || (found === undefined && isOptional)) continue;
    throw new UserError(
      oneLine`${place}/${file} ${found === undefined ? `has no ${what}` : `has ${what} ${found}`}, expected ${expected}`,
      "its board.json and the name of the folder say so; docs/boards.md explains the three files",
    );
  }
}

function claims(board: Board): Claim[] {
  const define = (what: string, expected: string): Claim => ({
    ...{ file: "wiring.h", what, expected, pattern: new RegExp(`#define ${what} "?([^"\\s]+)`) },
  });
  const memory = (what: string, address: number, bytes: number): Claim => ({
    ...{ file: "linker.ld", what, pattern: new RegExp(`${what} \\(\\w+\\) : (.*)`) },
    expected: `ORIGIN = 0x${address.toString(16).padStart(8, "0")}, LENGTH = ${bytes / 1024}K`,
  });
  const pins = (["TX", "RX"] as const).flatMap((line): Claim[] =>
    [...board.pins.taken]
      .filter(([, by]) => by.endsWith(` ${line}, the link`))
      .map(([pin]) => ({
        ...{ file: "wiring.h", what: `LINK_${line}`, expected: inC(board, pin) },
        pattern: new RegExp(`LINK_${line} = (PIN\\('\\w', \\d+\\)|\\d+)`),
      })),
  );
  const buses = (["apb1", "apb2"] as const).flatMap((bus) =>
    board.limits?.[bus]
      ? [{ ...define(`${bus.toUpperCase()}_MAX_HZ`, `${board.limits[bus]}000000u`), isOptional: true }]
      : [],
  );
  return [
    define("BOARD_ID", board.id),
    define("SYSCLK_HZ", `${board.clockHz}u`),
    ...buses,
    ...pins,
    memory("flash", board.flashAddress, board.flashBytes),
    memory("ram", board.ramAddress, board.ramBytes),
    {
      ...{ file: "linker.ld", what: "STACK_BYTES", expected: String(board.stackBytes) },
      pattern: /STACK_BYTES = (\w+);/,
    },
  ];
}

/** "PIN('C', 13)" for PC13, "25" for GP25. */
function inC({ pins }: Board, pin: string): string {
  return pins.form === "GP" ? pin.slice(2) : `PIN('${pin[1]}', ${pin.slice(2)})`;
}
