import junitReportBuilder, { type Builder } from "junit-report-builder";
import { UserError, type Warning } from "../base/errors.js";
import { writeFilesAtomically } from "../base/files.js";
import { printable, printableLines } from "../base/printable.js";
import type { Checks } from "./checks.js";
import { failureOf, printWarning } from "./commandLine.js";

/** Its types speak of a default export, which the module itself is. */
const builder = junitReportBuilder as unknown as Builder;

/**
 * Writes what a command checked as JUnit XML: one suite, a case for each check, and one for the command itself, which
 * is an error where something was thrown. The same checks give the same bytes: there is no time in it.
 *
 * What is written is printable (U+FFFF and most control characters are no XML at all). Where something was thrown, that
 * is what the user has to know: a file that cannot be written is a warning then.
 *
 * @throws UserError when the file cannot be written and nothing was thrown
 */
export function writeJunit(
  path: string,
  command: string,
  checks: Checks,
  thrown: { readonly error: unknown } | undefined,
): void {
  const data = renderJunit(command, checks, thrown);
  try {
    writeFilesAtomically([{ path, data }]);
  } catch (error) {
    if (!(error instanceof UserError && thrown)) throw error;
    printWarning(error);
  }
}

/** The text of {@link writeJunit}. */
export function renderJunit(
  command: string,
  { properties, all }: Pick<Checks, "properties" | "all">,
  thrown?: { readonly error: unknown },
): string {
  const report = builder.newBuilder();
  const suite = report.testSuite().name(`pinfer ${command}`);
  for (const [name, value] of properties) suite.property(name, printable(value));
  const addCase = (name: string) => suite.testCase().className(`pinfer.${command}`).name(printable(name));
  const ended = addCase("ends without an error");
  if (thrown !== undefined) {
    const failure = failureOf(thrown.error);
    ended.error(printableLines(failure.message), "error", bodyOf(failure));
  }
  for (const { name, failure } of all) {
    const added = addCase(name);
    if (failure !== undefined) added.failure(printableLines(failure.message)).stacktrace(bodyOf(failure));
  }
  return `${report.build()}\n`;
}

/** As on the terminal. What would end CDATA is parted. */
function bodyOf({ message, hint }: Warning): string {
  const text = `error: ${message}${hint === undefined ? "" : `\nhint: ${hint}`}`;
  return printableLines(text).replaceAll("]]>", "]] >");
}
