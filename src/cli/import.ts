import type { Command } from "commander";
import { addExamples, printJson, printText } from "./commandLine.js";

export interface ImportOptions {
  readonly output: string;
  readonly name?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("import")
    .description("make a model of an int8 .tflite file, with the same bytes as TensorFlow Lite Micro gives")
    .argument("<file>", "the model: model.tflite")
    .option("-o, --output <file>", "where to write; the weights go beside it as .safetensors", "model.json")
    .option(
      "--name <text>",
      "the network's name; without it the file's, or that of --output if the file is called model",
    )
    .option("--json", "print JSON", false)
    .action(async (file: string, options: ImportOptions) => {
      const { runImport, renderImport } = await import("./runImport.js");
      const imported = runImport(file, options);
      if (options.json) printJson(imported);
      else printText(renderImport(imported));
    });
  addExamples(command, [
    "pinfer import keywords.tflite",
    "pinfer import keywords.tflite -o build/keywords.json --json",
    "pinfer import kws/model.tflite --name keywords",
    "pinfer import ic/model.tflite --name ic01 -o ic01.json",
  ]);
  command.addHelpText(
    "after",
    "\nMLPerf Tiny's runner knows its models by name: kws01, ic01, vww01, ad01; `export-firmware --dut` follows it.",
  );
}
