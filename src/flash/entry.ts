import { UserError } from "../base/errors.js";
import type { ControlLines } from "../link/port.js";

type Line = "rts" | "dtr" | "brk";

/** Set a line, or wait. */
export type EntryStep = { readonly line: Line; readonly isAsserted: boolean } | { readonly pauseMs: number };

/** How a board comes into its loader, and out of it. */
export interface EntryRecipe {
  readonly enter: readonly EntryStep[];
  readonly leave: readonly EntryStep[];
}

/** What opening a port makes of its lines. */
const asOpened = { rts: true, dtr: true, brk: false };

/** What a comma stands for, as in stm32flash. */
const PAUSE_MS = 100;

/** Which of an adapter's pins is wired to what, and whether a transistor between them inverts it. */
interface Wiring {
  readonly boot0: "rts" | "dtr";
  readonly reset: "rts" | "dtr";
  readonly isInverted: boolean;
}

/** Names say the wiring; `-inverted` has a transistor in both lines. */
const wirings: Readonly<Record<string, Wiring>> = {
  "rts-boot0-dtr-reset": { boot0: "rts", reset: "dtr", isInverted: false },
  "rts-boot0-dtr-reset-inverted": { boot0: "rts", reset: "dtr", isInverted: true },
  "dtr-boot0-rts-reset": { boot0: "dtr", reset: "rts", isInverted: false },
  "dtr-boot0-rts-reset-inverted": { boot0: "dtr", reset: "rts", isInverted: true },
};

export const entryPresets: readonly string[] = Object.keys(wirings);

/**
 * A preset's name, or steps as stm32flash's -i takes them: "[enter][:leave]" of rts, -rts, dtr, -dtr, brk, with "," for
 * 100 ms between steps and "&" for none. A bare name asserts the line.
 *
 * @throws UserError that lists what is known
 */
export function readEntry(text: string): EntryRecipe {
  const wiring = wirings[text];
  if (wiring !== undefined) return { enter: stepsTo(true, wiring), leave: stepsTo(false, wiring) };
  const [enter, leave = "", ...rest] = text.split(":");
  if (rest.length > 0) throw unknownEntry(text, text);
  return { enter: readSteps(enter, text), leave: readSteps(leave, text) };
}

/**
 * What a port that is opened for the program needs: a preset's way out of the loader, what follows ":", or, without
 * one, the steps themselves. A preset resets the board: opening the port does so on some of the wirings, and may
 * start the loader on the inverted ones.
 *
 * @throws UserError that lists what is known
 */
export function readLines(text: string): readonly EntryStep[] {
  const { enter, leave } = readEntry(text);
  return text in wirings || text.includes(":") ? leave : enter;
}

/** BOOT0 to where it is wanted, then a reset pulse; the chip looks at BOOT0 when the pulse ends. */
function stepsTo(isBootloader: boolean, { boot0, reset, isInverted }: Wiring): EntryStep[] {
  const level = (line: Line, isHigh: boolean): EntryStep => ({ line, isAsserted: isHigh === isInverted });
  const pause = { pauseMs: PAUSE_MS };
  return [level(boot0, isBootloader), level(reset, false), pause, level(reset, true), pause];
}

function readSteps(text: string, whole: string): EntryStep[] {
  return (text.match(/[^,&]+|,/g) ?? []).map((token) => {
    if (token === ",") return { pauseMs: PAUSE_MS };
    const [, minus, line] = /^(-?)(rts|dtr|brk)$/.exec(token.trim()) ?? [];
    if (line === undefined) throw unknownEntry(token, whole);
    return { line: line as Line, isAsserted: minus === "" };
  });
}

function unknownEntry(token: string, whole: string): UserError {
  const where = token === whole ? "" : ` in "${whole}"`;
  return new UserError(
    `no entry recipe "${token}"${where}`,
    `presets: ${entryPresets.join(", ")}; or steps: "-rts,dtr,-dtr:rts,dtr,-dtr"`,
  );
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * @param hint for whoever has a port without such lines
 * @throws UserError where the port has no such lines: a pty has none
 */
export async function runEntry(
  steps: readonly EntryStep[],
  lines: ControlLines,
  {
    hint = "leave --entry out, and bring the board into its loader by hand",
    pause = sleep,
  }: { hint?: string; pause?: (ms: number) => Promise<void> } = {},
): Promise<void> {
  const state = { ...asOpened };
  const set = (line: Line, isAsserted: boolean): Promise<void> => {
    state[line] = isAsserted;
    return lines.set({ ...state }).catch((cause: Error) => {
      throw new UserError(`the port has no line ${line.toUpperCase()} to set: ${cause.message}`, hint, {
        cause,
      });
    });
  };
  for (const step of steps) {
    if ("pauseMs" in step) {
      await pause(step.pauseMs);
    } else if (step.line !== "brk") {
      await set(step.line, step.isAsserted);
    } else if (step.isAsserted) {
      await set("brk", true);
      await pause(PAUSE_MS);
      await set("brk", false);
    }
  }
}
