import { Command, CommanderError, Help, type Option } from "commander";
import { systemHint, UserError, type Warning } from "../base/errors.js";
import { packageVersion } from "../base/packageRoot.js";
import { printableJson, printableLines, printableMessage } from "../base/printable.js";
import { silenceProgress } from "./progress.js";

/** Adds one command to the program. Its heavy imports belong into its action, so that `--help` stays quick. */
export type RegisterCommand = (program: Command) => void;

/** What it promises does not hold, or the user has something to mend. */
export const exitCodeFailed = 1;
/** An option or argument is wrong. */
export const exitCodeUsage = 2;
/** Our bug: EX_SOFTWARE of sysexits.h. */
export const exitCodeBug = 70;

export function createProgram(commands: readonly RegisterCommand[]): Command {
  const program = new Command("pinfer")
    .description(
      "Train a network in TypeScript, run it on a microcontroller's pins, and prove that it computes the same bytes.",
    )
    .version(packageVersion, "--version", "print the version")
    .helpOption("--help", "show this help")
    .helpCommand(false)
    .configureHelp({ optionDescription: describeOption })
    .configureOutput({ outputError: (text, write) => write(printableMessage(text)) })
    .exitOverride()
    .showHelpAfterError("hint: `pinfer --help` lists the commands, `pinfer <command> --help` explains one");
  for (const register of commands) register(program);
  program.hook("preAction", (_, action) => {
    if (action.opts<{ quiet?: boolean }>().quiet) silenceProgress();
  });
  return program;
}

/** Commander's own, but for defaults that tell nothing: switches that are off, and lists that are empty. */
function describeOption(option: Option): string {
  const { defaultValue } = option;
  const tells = defaultValue !== false && !(Array.isArray(defaultValue) && defaultValue.length === 0);
  return new Help().optionDescription(
    tells ? option : Object.assign(Object.create(option), { defaultValue: undefined }),
  );
}

/** Runs the command that the arguments name, prints what goes wrong, and sets the exit code of the process. */
export async function runCommandLine(
  commands: readonly RegisterCommand[],
  programArguments: readonly string[],
): Promise<void> {
  process.stdout.on("error", endWhenReaderIsGone);
  process.stderr.on("error", endWhenReaderIsGone);
  const report = (error: unknown): number => {
    const code = reportError(error);
    if (code !== 0 && asksForJson(programArguments)) printErrorAsJson(error);
    return code;
  };
  process.on("uncaughtException", (error) => process.exit(report(error)));
  try {
    await createProgram(commands).parseAsync(programArguments, { from: "user" });
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Before options were read, too: they may be what is wrong. */
function asksForJson(programArguments: readonly string[]): boolean {
  const end = programArguments.indexOf("--");
  return programArguments.slice(0, end < 0 ? undefined : end).includes("--json");
}

let hasPrintedJson = false;

/**
 * One line on standard output, where whoever reads JSON looks: { "error": { "message", "hint" } }. Standard output holds
 * one document, so what fails after a result was printed is in its `failures` instead.
 */
function printErrorAsJson(error: unknown): void {
  if (hasPrintedJson) return;
  const { message, hint } = failureOf(error);
  process.stdout.write(`${printableJson(JSON.stringify({ error: { message, hint } }))}\n`);
}

/**
 * Prints a user's mistake and the system's failures as message and hint, our own with its stack and a request to report it. Messages name what
 * comes from files and from the wire: no terminal acts on it, and no line but the first begins at the margin.
 *
 * @returns the exit code
 */
export function reportError(error: unknown, write: (text: string) => void = writeToStderr): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodeUsage; // it has printed its message
  if (isMistake(error)) {
    printFailure(failureOf(error), write);
    return exitCodeFailed;
  }
  write(printableMessage(`${error instanceof Error ? error.stack : String(error)}\n`));
  printFailure({ message: "this is a bug in pinfer", hint: hintOfBug }, write);
  return exitCodeBug;
}

const hintOfBug = "please report it with the command you typed and the lines above";

/** A user's, or the system's: nothing that we would have to mend. */
function isMistake(error: unknown): boolean {
  return error instanceof UserError || systemHint(error) !== undefined;
}

/** What is told of an error, whatever was thrown. */
export function failureOf(error: unknown): Warning {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UserError) return error;
  if (error instanceof CommanderError) {
    return { message: message.replace(/^error: /, ""), hint: "`pinfer <command> --help` explains a command" };
  }
  const hint = systemHint(error);
  return hint === undefined
    ? { message: `this is a bug in pinfer: ${message}`, hint: hintOfBug }
    : { message, hint };
}

/** Tells what does not hold, in the form of all errors. */
export function printFailure(
  { message, hint }: Warning,
  write: (text: string) => void = writeToStderr,
): void {
  write(printableMessage(`error: ${message}\n`));
  if (hint !== undefined) write(printableMessage(`hint: ${hint}\n`));
}

/** Tells what goes on all the same, in the form of an error; commands with `--json` also have it in `warnings`. */
export function printWarning(
  { message, hint }: Warning,
  write: (text: string) => void = writeToStderr,
): void {
  write(printableMessage(`warning: ${message}\n`));
  if (hint !== undefined) write(printableMessage(`hint: ${hint}\n`));
}

/** Tells all, and gives them as JSON has them. */
export function printWarnings(warnings: readonly Warning[]): string[] {
  for (const warning of warnings) printWarning(warning);
  return warnings.map(({ message }) => message);
}

/** Shows the lines as examples at the end of the command's help. */
export function addExamples(command: Command, examples: readonly string[]): Command {
  return command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
}

export function printJson(value: unknown): void {
  hasPrintedJson = true;
  process.stdout.write(`${printableJson(JSON.stringify(value, null, 2))}\n`);
}

/**
 * Names of networks, layers and boards in it come from files and from the wire: no terminal acts on them. That they end no
 * line is for those who put them in (`oneLine`).
 */
export function printText(text: string): void {
  process.stdout.write(`${printableLines(text)}\n`);
}

function writeToStderr(text: string): void {
  process.stderr.write(text);
}

/** `pinfer boards | head -1` closes the pipe early: no mistake of anyone. */
function endWhenReaderIsGone(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? 0);
  throw error;
}
