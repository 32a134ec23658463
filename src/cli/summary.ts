import type { Command } from "commander";
import type { Optimize } from "../program.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { addOptimizeOption } from "./optimizeOption.js";
import { readQuantizedModel } from "./readModel.js";

interface SummaryOptions {
  readonly json: boolean;
  readonly optimize?: Optimize;
}

export function register(program: Command): void {
  const command = program
    .command("summary")
    .description("show a model layer by layer: shapes, multiply-accumulates, flash and RAM")
    .argument("<model>", "model.json")
    .option("--json", "print JSON", false)
    .action(async (path: string, { json, optimize = "speed" }: SummaryOptions) => {
      const { planProgram } = await import("../plan/planProgram.js");
      const { summarizeNetwork } = await import("../summarize.js");
      const { renderSummary } = await import("./renderSummary.js");
      const { quantized } = await readQuantizedModel(path);
      const summary = summarizeNetwork(planProgram(quantized, { optimize }));
      if (json) printJson(summary);
      else printText(renderSummary(summary));
    });
  addOptimizeOption(command);
  addExamples(command, ["pinfer summary model.json", "pinfer summary model.json --json"]);
}
