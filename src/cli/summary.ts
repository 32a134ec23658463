import type { Command } from "commander";
import { addExamples, printJson, printText } from "./commandLine.js";
import { readQuantizedModel } from "./readModel.js";

export function register(program: Command): void {
  const command = program
    .command("summary")
    .description("show a model layer by layer: shapes, multiply-accumulates, flash and RAM")
    .argument("<model>", "model.json")
    .option("--json", "print JSON", false)
    .action(async (path: string, { json }: { json: boolean }) => {
      const { planProgram } = await import("../plan/planProgram.js");
      const { summarizeNetwork } = await import("../summarize.js");
      const { renderSummary } = await import("./renderSummary.js");
      const { quantized } = await readQuantizedModel(path);
      const summary = summarizeNetwork(planProgram(quantized));
      if (json) printJson(summary);
      else printText(renderSummary(summary));
    });
  addExamples(command, ["pinfer summary model.json", "pinfer summary model.json --json"]);
}
