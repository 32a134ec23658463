import { type Command, Option } from "commander";
import type { Diff } from "../diff/diffFacts.js";
import { addJunitOption, type Checks, withChecks } from "./checks.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import {
  addLimits,
  checkAccuracy,
  checkDrop,
  checkLimit,
  checkMemory,
  checkTicks,
  type Limits,
} from "./gates.js";

interface DiffOptions extends Limits {
  readonly markdown: boolean;
  readonly junit?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("diff")
    .description(
      "two models, or two reports that --json printed, side by side: accuracy, flash, RAM, speed, layers",
    )
    .argument("<old>", "model.json, or what compare, profile, summary or build printed with --json")
    .argument("<new>", "the same of another state")
    .addOption(
      new Option("--markdown", "print Markdown, for a pull request").default(false).conflicts("json"),
    )
    .option("--json", "print JSON", false)
    .action((old: string, next: string, options: DiffOptions) =>
      withChecks("diff", options.junit, (checks) => run(old, next, options, checks)),
    );
  addLimits(
    addJunitOption(command),
    ["minAccuracy", "maxDrop", "maxFlash", "maxRam", "maxCycles", "maxInstructions"],
    {
      minAccuracy: "fail when the new int8 accuracy is lower: 0.95 or 95%",
      maxDrop: "fail when the new int8 accuracy is more than this below the old one: 0.01 or 1%",
      maxFlash: "fail when the new image, or without one the tables, take more flash: 65536, 64KiB or 64kB",
      maxRam: "fail when the new image, or without one the arena, takes more RAM",
    },
  );
  addExamples(command, [
    "pinfer diff base/model.json model.json",
    "pinfer diff base/model.json model.json --max-drop 1% --markdown",
    "pinfer diff before.json after.json --max-instructions 200k --json",
  ]);
}

async function run(oldPath: string, newPath: string, options: DiffOptions, checks: Checks): Promise<void> {
  const { diffFacts, readFacts } = await import("../diff/diffFacts.js");
  const diff = diffFacts(readFacts(oldPath), readFacts(newPath));
  checkDiff(diff, options, checks);
  if (options.json) {
    printJson({ ...diff, failures: checks.failures });
    return;
  }
  const { renderDiff, renderDiffMarkdown } = await import("../diff/renderDiff.js");
  printText(options.markdown ? renderDiffMarkdown(diff) : renderDiff(diff));
}

function checkDiff({ old, new: next }: Diff, limits: Limits, checks: Checks): void {
  const { accuracyInt8, flashBytes, ramBytes, tableBytes, arenaBytes } = next.values;
  const before = old.values.accuracyInt8;
  const untold = (what: string, path: string) => ({
    why: `${path} tells no ${what}`,
    hint: "give models with test data and the metric accuracy, or reports of a command that measures it",
  });
  if (accuracyInt8 === undefined) {
    for (const name of ["minAccuracy", "maxDrop"] as const) {
      checkLimit(checks, limits, name, untold("accuracy", next.path));
    }
  } else {
    checkAccuracy(checks, limits, accuracyInt8, "the new accuracy");
    if (before === undefined) checkLimit(checks, limits, "maxDrop", untold("accuracy", old.path));
    else checkDrop(checks, limits, [before, "the old one"], [accuracyInt8, "the new accuracy"]);
  }
  const flash = flashBytes ?? tableBytes;
  const ram = ramBytes ?? arenaBytes;
  if (flash === undefined || ram === undefined) {
    for (const name of ["maxFlash", "maxRam"] as const)
      checkLimit(checks, limits, name, untold("sizes", next.path));
  } else {
    checkMemory(
      checks,
      limits,
      [flash, flashBytes === undefined ? "the tables of the network take" : "the image takes"],
      [ram, ramBytes === undefined ? "the arena takes" : "arena, variables and stack take"],
    );
  }
  const { mostCycles, mostInstructions, mostModelledCycles } = next.values;
  if (mostCycles !== undefined) checkTicks(checks, limits, { unit: "cycles", max: mostCycles }, next.path);
  else if (mostInstructions !== undefined) {
    const modelled = mostModelledCycles === undefined ? undefined : { run: { max: mostModelledCycles } };
    checkTicks(checks, limits, { unit: "instructions", max: mostInstructions }, next.path, modelled);
  } else {
    for (const name of ["maxCycles", "maxInstructions"] as const) {
      checkLimit(checks, limits, name, untold(name === "maxCycles" ? "cycles" : "instructions", next.path));
    }
  }
}
