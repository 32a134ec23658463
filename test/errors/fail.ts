import { expect } from "vitest";
import { pinfer, type Result } from "../cli/pinfer.js";

/** The two lines that a user reads; the hint is empty where there is none. */
export interface Complaint {
  readonly error: string;
  readonly hint: string;
}

/** What a command that must end with 1 complains of, after whatever progress it told. */
export function complaintOf({ code, stderr }: Pick<Result, "code" | "stderr">): Complaint {
  const [, error, hint = ""] = /(?:^|\n)error: ([\s\S]*?)\n(?:hint: (.*)\n)?$/.exec(stderr) ?? [];
  expect([code, stderr]).toEqual([1, expect.stringContaining("error: ")]);
  return { error, hint };
}

/** Runs a command that must end with 1. */
export function fail(
  programArguments: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Complaint {
  return complaintOf(pinfer(programArguments, options));
}
