import { type Command, InvalidArgumentError, Option } from "commander";
import type { AudioPreset } from "../signal/audioOptions.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { addDivideOption, type InputChoice } from "./inputs.js";

export interface ImportOptions extends InputChoice {
  readonly output: string;
  readonly name?: string;
  readonly calibrate?: string;
  readonly calibration: "minMax" | "percentile" | "mse";
  readonly labels?: string;
  readonly check?: string;
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly withoutSoftmax: boolean;
  readonly audio?: AudioPreset;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("import")
    .description(
      "make a model of an ONNX, Keras, TensorFlow.js or float .tflite file, or of an int8 .tflite file with the bytes of TensorFlow Lite Micro",
    )
    .argument("<file>", "the model: model.onnx, .h5, .keras or .tflite, or TensorFlow.js' model.json")
    .option("-o, --output <file>", "where to write; the weights go beside it as .safetensors", "model.json")
    .option(
      "--name <text>",
      "the network's name; without it the file's, or that of --output if the file is called model",
    )
    .option(
      "--calibrate <file>",
      "samples of what the device will see, to quantize a float model: .npy, .npz, .csv, IDX",
    )
    .addOption(
      new Option("--calibration <method>", "how ranges are chosen from the samples")
        .choices(["minMax", "percentile", "mse"])
        .default("minMax"),
    )
    .option("--labels <file>", "the class of each of these samples: tells the accuracy, float and int8")
    .option(
      "--check <file>",
      "what the model gives for these samples where it comes from; fails when we give something else",
    )
    .option(
      "--shape <name=sizes>",
      "sizes of free axes: length=80, or input=1,3,96,96; may be given again",
      readShape,
    )
    .option(
      "--without-softmax",
      "leave out a softmax at the end: the largest output stays the largest",
      false,
    )
    .addOption(
      new Option(
        "--audio <preset>",
        "put the front-end of sound in front of an int8 model of features, microWakeWord's: it takes samples then",
      ).choices(["microSpeech", "wakeWord"]),
    )
    .option("--json", "print JSON", false)
    .action(async (file: string, options: ImportOptions) => {
      const { importToJson, runImport, renderImport } = await import("./runImport.js");
      const imported = await runImport(file, options);
      if (options.json) printJson(importToJson(imported));
      else printText(renderImport(imported));
    });
  addDivideOption(command);
  addExamples(command, [
    "pinfer import model.onnx --calibrate samples.npy --labels labels.npy",
    "pinfer import model.onnx --calibrate images.npy --divide 255 --check outputs.npy -o mine.json",
    "pinfer import model.onnx --shape length=80 --without-softmax",
    "pinfer import model.h5 --calibrate samples.npy -o model.json",
    "pinfer import tfjs/model.json --calibrate samples.npy --without-softmax -o mine.json",
    "pinfer import keywords.tflite",
    "pinfer import hey_jarvis.json",
    "pinfer import hey_jarvis.tflite --audio wakeWord",
    "pinfer import keywords_float.tflite --calibrate samples.npy",
    "pinfer import keywords.tflite -o build/keywords.json --json",
    "pinfer import ic/model.tflite --name ic01 -o ic01.json",
  ]);
  command.addHelpText(
    "after",
    "\nMLPerf Tiny's runner knows its models by name: kws01, ic01, vww01, ad01; `export-firmware --dut` follows it.",
  );
}

/** Collects `name=80` and `name=1,3,96,96`. */
function readShape(
  text: string,
  known: ReadonlyMap<string, readonly number[]> = new Map(),
): ReadonlyMap<string, readonly number[]> {
  const at = text.lastIndexOf("=");
  const sizes = text
    .slice(at + 1)
    .split(",")
    .map(Number);
  if (at < 1 || sizes.some((size) => !(Number.isInteger(size) && size > 0))) {
    throw new InvalidArgumentError("Expected a name and sizes above 0: length=80.");
  }
  return new Map([...known, [text.slice(0, at), sizes]]);
}
