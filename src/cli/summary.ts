import type { Command } from "commander";
import type { Optimize } from "../program/program.js";
import type { Target } from "../program/target.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { addOptimizeOption } from "./optimizeOption.js";
import { readQuantizedModel } from "./readModel.js";
import { addTargetOption, chooseTarget } from "./targetOption.js";

interface SummaryOptions {
  readonly optimize?: Optimize;
  readonly board?: string;
  readonly target?: Target;
  readonly report?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("summary")
    .description(
      "show a model layer by layer: shapes, multiply-accumulates, flash and RAM; what the passes saved",
    )
    .argument("<model>", "model.json")
    .option("--report <file>", "write it as a page to look at, with a map of the arena over time")
    .option("--json", "print JSON", false)
    .action(async (path: string, { optimize, report, json, ...choice }: SummaryOptions) => {
      const target = await chooseTarget(choice);
      const { planProgram } = await import("../plan/planProgram.js");
      const { summarizeNetwork } = await import("../program/summarize.js");
      const { renderSummary } = await import("./renderSummary.js");
      const { quantized } = await readQuantizedModel(path, "kept");
      const summary = summarizeNetwork(planProgram(quantized, { optimize, target }));
      if (report !== undefined) {
        const { renderNetworkPage } = await import("../report/networkPage.js");
        const { writeFilesAtomically } = await import("../base/files.js");
        writeFilesAtomically([{ path: report, data: renderNetworkPage(summary) }]);
      }
      if (json) printJson(summary);
      else printText(renderSummary(summary));
    });
  addTargetOption(
    addOptimizeOption(command).option("--board <board>", "plan for its core; what `pinfer boards` lists"),
  );
  addExamples(command, [
    "pinfer summary model.json",
    "pinfer summary model.json --optimize ram --report summary.html",
    "pinfer summary model.json --target cortex-m4",
    "pinfer summary model.json --json",
  ]);
}
