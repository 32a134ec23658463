import type { Command } from "commander";
import { addExamples, printJson, printText, printWarnings } from "./commandLine.js";
import { expectOutputs } from "./expectOutputs.js";
import { addDivideOption, type InputChoice } from "./inputs.js";

export interface PredictOptions extends InputChoice {
  readonly input: string;
  readonly output?: string;
  readonly float: boolean;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("predict")
    .description("run a model on this computer, in the integers of the device or in floating point")
    .argument("<model>", "model.json")
    .requiredOption(
      "--input <file>",
      "samples as .npy, .npz, .csv or IDX; int8 (uint8 where the model takes that) as it is, all else as real values, bytes from 0 to 255",
    )
    .option(
      "-o, --output <file>",
      "write the outputs to a .npy file: int8, or float32 with --float; several to a .npz file",
    )
    .option("--float", "run the float network instead of the integer one", false)
    .option("--json", "print JSON", false)
    .action(async (path: string, options: PredictOptions) => {
      const { predict, predictionToJson, renderPrediction, writePrediction } = await import(
        "./runPredict.js"
      );
      await expectOutputs(options.output);
      const prediction = await predict(path, options);
      printWarnings(prediction.warnings);
      if (options.output !== undefined) await writePrediction(options.output, prediction);
      if (options.json) printJson(predictionToJson(prediction));
      else printText(renderPrediction(prediction));
    });
  addDivideOption(command);
  addExamples(command, [
    "pinfer predict model.json --input digits.npy",
    "pinfer predict model.json --input digits.csv -o classes.npy --json",
  ]);
}
