/** What looks at the machine's clock, or waits by it. */
const clockPattern = /\b(performance\.now|Date\.now|setTimeout|setInterval|timers\/promises)\b/;
/** A turn of the event loop is no time. */
const turnPattern = /import \{ setImmediate as \w+ \} from "node:timers\/promises"/;

/** Lines of a test file that do. */
export function readsClock(text: string): readonly string[] {
  return text.split("\n").filter((line) => clockPattern.test(line) && !turnPattern.test(line));
}

/** Files below test/ that may, each with its reason; what is judged by a clock stands in none but those that say so. */
export const clockReaders: Readonly<Record<string, string>> = {
  "test/rules/clocks.ts": "names what is not to be used",
  "test/rules.test.ts": "shows that each of them is seen",
  "test/support/until.ts":
    "looks again and again at what other processes do and tell nobody of; it judges no time",
  "test/support/idle.ts":
    "looks again and again whether other processes have fallen asleep; it judges no time",
  "test/countsReporter.test.ts": "a test inside the test throws when its own test is over",
  "test/golden/runGolden.ts": "a report says how long each model took; nothing is judged by it",
  "test/cli/recordToFile.test.ts": "makes a file that is an hour old, by the file system's clock",
  "test/cli/record.test.ts": "a real sensor on a real port says its rows one by one, at no promised pace",
  "test/cli/twoRecorders.test.ts": "the same, on two ports",
};
