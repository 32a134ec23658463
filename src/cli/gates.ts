import { type Command, InvalidArgumentError } from "commander";
import { isAbove } from "../base/isAbove.js";
import type { ImageSizes } from "../board/compile.js";
import type { Checks } from "./checks.js";

/** Limits that a command was asked to hold. */
export interface Limits {
  /** 0..1 */
  readonly minAccuracy?: number;
  /** 0..1 */
  readonly maxDrop?: number;
  /** Bytes. */
  readonly maxFlash?: number;
  /** Bytes. */
  readonly maxRam?: number;
  /** Of the slowest inference, on hardware. */
  readonly maxCycles?: number;
  /** Of the slowest inference, on an emulator. */
  readonly maxInstructions?: number;
}

type LimitName = keyof Limits;

interface Gate {
  readonly option: string;
  readonly argument: string;
  readonly unit: string;
  readonly read: (text: string) => number;
  readonly description: string;
}

const gates: Readonly<Record<LimitName, Gate>> = {
  minAccuracy: {
    option: "--min-accuracy",
    argument: "<share>",
    unit: "",
    read: readShare,
    description: "fail when the accuracy is lower: 0.95 or 95%",
  },
  maxDrop: {
    option: "--max-drop",
    argument: "<share>",
    unit: "",
    read: readShare,
    description: "fail when the accuracy falls by more: 0.01 or 1%",
  },
  maxFlash: {
    option: "--max-flash",
    argument: "<bytes>",
    unit: " B",
    read: readByteLimit,
    description: "fail when the image takes more flash: 65536, 64KiB or 64kB",
  },
  maxRam: {
    option: "--max-ram",
    argument: "<bytes>",
    unit: " B",
    read: readByteLimit,
    description: "fail when it takes more RAM, arena, variables and stack together",
  },
  maxCycles: {
    option: "--max-cycles",
    argument: "<n>",
    unit: "",
    read: readTickLimit,
    description: "fail when an inference takes more cycles on a board, or modelled ones: 480000, 480k or 2M",
  },
  maxInstructions: {
    option: "--max-instructions",
    argument: "<n>",
    unit: "",
    read: readTickLimit,
    description: "fail when an inference takes more instructions on an emulated board, which has no cycles",
  },
};

/** @param descriptions of those whose own says too little here */
export function addLimits(
  command: Command,
  names: readonly LimitName[],
  descriptions: Partial<Record<LimitName, string>> = {},
): Command {
  for (const name of names) {
    const { option, argument, read, description } = gates[name];
    command.option(`${option} ${argument}`, descriptions[name] ?? description, read);
  }
  return command;
}

/** "0.95" and "95%" are the same; 95 is neither. */
export function readShare(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+) ?(%?)$/.exec(text) ?? [];
  const value = Number(digits ?? Number.NaN) / (percent ? 100 : 1);
  if (value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError(`expected a share of 0..1 or per cent, as 0.02 or 2%, found ${text}`);
}

const byteUnits: Readonly<Record<string, number>> = {
  ...{ "": 1, B: 1, kB: 1000, KiB: 1024, MB: 1_000_000, MiB: 1_048_576 },
};

/** KB and K are of 1000 bytes to some and of 1024 to others. */
export function readByteLimit(text: string): number {
  const [, digits, unit] = /^(\d{1,12}) ?(B|kB|KiB|MB|MiB|)$/.exec(text) ?? [];
  const bytes = Number(digits ?? 0) * (byteUnits[unit ?? ""] ?? 0);
  if (bytes > 0) return bytes;
  throw new InvalidArgumentError(
    `expected bytes above 0, as 65536, 64KiB (of 1024 B) or 64kB (of 1000 B), found ${text}`,
  );
}

export function readTickLimit(text: string): number {
  const [, digits, unit] = /^(\d{1,12})(k|M|)$/.exec(text) ?? [];
  const count = Number(digits ?? 0) * (unit === "k" ? 1000 : unit === "M" ? 1_000_000 : 1);
  if (count > 0) return count;
  throw new InvalidArgumentError(`expected a count above 0, as 480000, 480k or 2M, found ${text}`);
}

/** What is held against a limit. */
export interface Found {
  readonly value: number;
  /** "the device's accuracy is 0.9312" */
  readonly what: string;
  readonly hint: string;
}

/** Why a limit has nothing to be held against, and what to do about it. */
export interface NotFound {
  readonly why: string;
  readonly hint: string;
}

/** Adds a check where a limit was given. A limit that cannot be judged does not hold: who asks for one wants an answer. */
export function checkLimit(checks: Checks, limits: Limits, name: LimitName, found: Found | NotFound): void {
  const limit = limits[name];
  if (limit === undefined) return;
  const asked = `${gates[name].option} ${limit}${gates[name].unit}`;
  if ("why" in found) {
    checks.add(asked, { message: `${asked} cannot be judged: ${found.why}`, hint: found.hint });
    return;
  }
  const { value, what, hint } = found;
  const isHeld = name === "minAccuracy" ? !isAbove(limit, value) : !isAbove(value, limit);
  const message = `${what}; ${gates[name].option} is ${limit}${gates[name].unit}`;
  checks.add(asked, isHeld && !Number.isNaN(value) ? undefined : { message, hint });
}

/** "0.9312": what a limit is shown beside. */
export function formatShare(share: number): string {
  return share.toFixed(4);
}

export function checkAccuracy(checks: Checks, limits: Limits, accuracy: number, whose: string): void {
  checkLimit(checks, limits, "minAccuracy", {
    value: accuracy,
    what: `${whose} is ${formatShare(accuracy)}`,
    hint: "train longer, on more data or with a larger network, or lower the limit",
  });
}

/** @param before what it is held against: "the float network's 0.9500" */
export function checkDrop(
  checks: Checks,
  limits: Limits,
  [before, whoseBefore]: readonly [number, string],
  [after, whoseAfter]: readonly [number, string],
): void {
  checkLimit(checks, limits, "maxDrop", {
    value: before - after,
    what: `${whoseAfter} is ${formatShare(after)}, ${formatShare(before - after)} below ${whoseBefore} of ${formatShare(before)}`,
    hint: "`pinfer train --qat` trains on with the device's rounding; or raise the limit",
  });
}

export function ramBytes({ arenaBytes, staticRamBytes, stackBytes }: ImageSizes): number {
  return arenaBytes + staticRamBytes + stackBytes;
}

/** Of an image, or of what stands for one: "the image", "the network's tables". */
export function checkMemory(
  checks: Checks,
  limits: Limits,
  flash: readonly [bytes: number, whose: string],
  ram: readonly [bytes: number, whose: string],
): void {
  checkLimit(checks, limits, "maxFlash", {
    value: flash[0],
    what: `${flash[1]} ${flash[0]} B of flash`,
    hint: "export with --optimize size, train fewer weights, or raise the limit",
  });
  checkLimit(checks, limits, "maxRam", {
    value: ram[0],
    what: `${ram[1]} ${ram[0]} B of RAM`,
    hint: "export with --optimize ram, make the largest layers smaller, or raise the limit",
  });
}

export function checkImage(checks: Checks, limits: Limits, sizes: ImageSizes | undefined): void {
  if (sizes === undefined) {
    const none = {
      why: "no image was built for a board",
      hint: "add --virtual, or hold it by `pinfer build`",
    };
    for (const name of ["maxFlash", "maxRam"] as const) checkLimit(checks, limits, name, none);
    return;
  }
  const { arenaBytes, staticRamBytes, stackBytes, flashBytes } = sizes;
  const ram = ramBytes(sizes);
  const parts = `(arena ${arenaBytes}, variables ${staticRamBytes}, stack ${stackBytes})`;
  checkMemory(
    checks,
    limits,
    [flashBytes, "the image takes"],
    [ram, `arena, variables and stack ${parts} take`],
  );
}

/**
 * The emulator's instructions are no cycles: a limit of the other kind cannot be judged, but by cycles that are modelled.
 *
 * @param modelled cycles that were made of instructions, or why there are none
 */
export function checkTicks(
  checks: Checks,
  limits: Limits,
  ticks: { readonly unit: string; readonly max: number } | null,
  counter: string,
  modelled?: { readonly run: { readonly max: number } } | { readonly missing: string },
): void {
  for (const [name, unit] of [
    ["maxCycles", "cycles"],
    ["maxInstructions", "instructions"],
  ] as const) {
    if (ticks?.unit === unit) {
      checkLimit(checks, limits, name, {
        value: ticks.max,
        what: `an inference takes up to ${ticks.max} ${unit}`,
        hint: "`pinfer profile` shows which layer takes them; or raise the limit",
      });
      continue;
    }
    if (unit === "cycles" && modelled && "run" in modelled) {
      checkLimit(checks, limits, name, {
        value: modelled.run.max,
        what: `an inference takes up to ${modelled.run.max} modelled cycles, memory without waiting`,
        hint: "`pinfer profile` shows which layer takes them; or raise the limit",
      });
      continue;
    }
    const without = modelled && "missing" in modelled ? `, and ${modelled.missing}` : "";
    checkLimit(checks, limits, name, {
      why: ticks === null ? `${counter} counts nothing` : `${counter} counts ${ticks.unit}${without}`,
      hint:
        ticks === null
          ? "run it on an emulated board (--virtual) or on one with a cycle counter (--port)"
          : `use --max-${ticks.unit}`,
    });
  }
}
