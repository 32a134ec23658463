import { dirname } from "node:path";
import type { Command } from "commander";
import type { Warning } from "../base/errors.js";
import { makeFolder } from "../base/makeFolder.js";
import { exitCodeFailed, printFailure } from "./commandLine.js";
import { expectOutputs } from "./expectOutputs.js";

/** What a command promises or was asked to hold: the same message and hint on the terminal, in JSON and in JUnit. */
export interface Check {
  readonly name: string;
  /** What to tell where it does not hold. */
  readonly failure?: Warning | undefined;
  /** What the printed result tells already is not told again. */
  readonly isTold?: boolean;
}

/** The checks of one run of a command, in order. */
export class Checks {
  /** Facts for readers: "board", "olimex-stm32-h405". */
  readonly properties: [name: string, value: string][] = [];
  readonly all: Check[] = [];

  add(name: string, failure: Warning | undefined, isTold = false): void {
    this.all.push({ name, failure, isTold });
  }

  tell(name: string, value: string | number): void {
    this.properties.push([name, String(value)]);
  }

  /** As JSON has them: empty where all holds. */
  get failures(): { readonly message: string; readonly hint?: string | undefined }[] {
    return this.all.flatMap(({ failure }) =>
      failure === undefined ? [] : [{ message: failure.message, hint: failure.hint }],
    );
  }
}

export function addJunitOption(command: Command): Command {
  return command.option("--junit <file>", "also write what was checked as JUnit XML, which CI systems show");
}

/**
 * Runs a command's work; what of its checks does not hold is told and ends with exit code 1.
 *
 * @param junit the file that has the checks, also when the work fails; none when undefined
 * @throws what the work throws
 */
export async function withChecks(
  command: string,
  junit: string | undefined,
  work: (checks: Checks) => Promise<void>,
): Promise<void> {
  if (junit !== undefined) makeFolder(dirname(junit));
  await expectOutputs(junit);
  const checks = new Checks();
  let thrown: { readonly error: unknown } | undefined;
  try {
    await work(checks);
  } catch (error) {
    thrown = { error };
    throw error;
  } finally {
    if (junit !== undefined) {
      const { writeJunit } = await import("./junit.js");
      writeJunit(junit, command, checks, thrown);
    }
  }
  const untold = checks.all.filter(({ failure, isTold }) => failure !== undefined && !isTold);
  for (const { failure } of untold) printFailure(failure!);
  if (checks.failures.length > 0) process.exitCode = exitCodeFailed;
}
