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
  readonly why: boolean;
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
    .option("--why", "show what could run each layer, and what each kernel is modelled to take", false)
    .option("--json", "print JSON, with that too", false)
    .action(async (path: string, { optimize, report, why, json, ...choice }: SummaryOptions) => {
      const target = await chooseTarget(choice);
      const { explainPlan } = await import("../plan/planProgram.js");
      const { summarizeNetwork } = await import("../program/summarize.js");
      const { portsToJson, renderSummary } = await import("./renderSummary.js");
      const { renderReasons } = await import("./renderReasons.js");
      const { quantized } = await readQuantizedModel(path, "any");
      const { program: planned, reasons } = explainPlan(quantized, { optimize, target });
      const summary = summarizeNetwork(planned);
      if (report !== undefined) {
        const { renderNetworkPage } = await import("../report/networkPage.js");
        const { writeFilesAtomically } = await import("../base/files.js");
        writeFilesAtomically([{ path: report, data: renderNetworkPage(summary) }]);
      }
      const { name, hash, optimize: mode, target: core, inputs, outputs, ...rest } = summary;
      const ports = portsToJson(inputs, outputs);
      if (json) printJson({ name, hash, optimize: mode, target: core, ...ports, ...rest, reasons });
      else printText([renderSummary(summary), ...(why ? [renderReasons(reasons)] : [])].join("\n\n"));
    });
  addTargetOption(
    addOptimizeOption(command).option("--board <board>", "plan for its core; what `pinfer boards` lists"),
  );
  addExamples(command, [
    "pinfer summary model.json",
    "pinfer summary model.json --optimize ram --report summary.html",
    "pinfer summary model.json --target cortex-m4 --why",
    "pinfer summary model.json --json",
  ]);
}
