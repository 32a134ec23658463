import { UserError } from "../src/base/errors.js";
import { benchmarkForms, type TextForm } from "../src/board/textForm.js";
import { elementBytes } from "../src/network/elementTypes.js";
import { onlyInput, onlyOutput } from "../src/network/ports.js";
import { quantizationOf, quantizationsOf } from "../src/network/quantization.js";
import type { Program } from "../src/program/program.js";

/** An output of more values has no mean in firmware/reals.c. */
const maximumErrorValues = 2 ** 16 - 1;
/** Inputs of an error have to stay below 2^30 units of 2^-19 output steps at least: 255 · 8 · 2^19 do. */
const maximumScaleRatio = 8;

/**
 * What is asked for; else what MLPerf Tiny's runner gives and takes for a model of this name; else the network's own.
 *
 * @throws UserError when the network has no such input or result
 */
export function chooseTextForm(program: Program, options: TextForm): Required<TextForm> {
  const { name } = program;
  const [input, output] = [onlyInput(program), onlyOutput(program)];
  const asked = { dutInput: options.dutInput, dutResult: options.dutResult };
  const isAsked = asked.dutInput !== undefined || asked.dutResult !== undefined;
  const preset = Object.hasOwn(benchmarkForms, name) ? benchmarkForms[name] : undefined;
  // a network that ends in its own error gives what the benchmark's host expects
  const isError = output.elementType === "int32" && output.bytes === elementBytes.int32;
  const usual = preset && isError ? { ...preset, dutResult: "outputs" as const } : preset;
  const { dutInput = "int8", dutResult = "outputs" } = isAsked ? asked : (usual ?? {});
  const hint = isAsked
    ? "leave out --dut-input and --dut-result: then texts bring and give what the network does"
    : `a network called "${name}" speaks as the benchmark's: give it another name, or name --dut-input and --dut-result`;
  if (input.elementType !== "int8" && (dutInput !== "int8" || asked.dutInput === "int8")) {
    throw new UserError(
      `texts that bring ${dutInput} need int8 inputs; those of network "${name}" are ${input.elementType}`,
      hint,
    );
  }
  const { scale: outputScale, zeroPoint } = quantizationOf(output);
  const [least, most] = output.elementType === "int32" ? [0, 0] : [-128, 127];
  const largestExponent = output.elementType === "int8" ? 24 : 0;
  if (zeroPoint < least || zeroPoint > most) {
    throw new UserError(
      `network "${name}": outputs of zero point ${zeroPoint} cannot be printed as text; ${least === most ? least : `${least} to ${most}`} can`,
      "leave out --dut, or train on targets around 0",
    );
  }
  if (dutInput !== "f32" && dutResult === "outputs") {
    expectScale(program, "outputs", outputScale, -36, largestExponent);
    return { dutInput, dutResult };
  }
  if (quantizationsOf(input).length > 1) {
    throw new UserError(
      `texts that bring ${dutInput} and get ${dutResult} need one scale for all inputs; network "${name}" has ` +
        `${quantizationsOf(input).length}`,
      hint,
    );
  }
  const inputScale = quantizationOf(input).scale;
  if (dutInput === "f32") expectScale(program, "inputs", inputScale, -36, 24);
  if (dutResult === "outputs") {
    expectScale(program, "outputs", outputScale, -36, largestExponent);
    return { dutInput, dutResult };
  }
  if (
    output.elementType !== "int8" ||
    input.elementType !== "int8" ||
    input.bytes !== output.bytes ||
    output.bytes > maximumErrorValues
  ) {
    throw new UserError(
      `a mean squared error needs as many outputs as int8 inputs, at most ${maximumErrorValues}; network "${name}" ` +
        `has ${input.bytes} B of ${input.elementType} inputs and ${output.bytes} outputs`,
      hint,
    );
  }
  expectScale(program, "mean squared errors of outputs", outputScale, -10, 2);
  if (inputScale > maximumScaleRatio * outputScale) {
    throw new UserError(
      `network "${name}": inputs of scale ${inputScale} and outputs of scale ${outputScale} cannot be compared as ` +
        `text; the former is at most ${maximumScaleRatio} times the latter`,
      hint,
    );
  }
  return { dutInput, dutResult };
}

/** What firmware/reals.c and text.c work with in 64 bits. */
function expectScale({ name }: Program, what: string, scale: number, least: number, most: number): void {
  if (scale >= 2 ** least && scale <= 2 ** most) return;
  throw new UserError(
    `network "${name}": ${what} of scale ${scale} cannot be ${what === "inputs" ? "brought" : "printed"} as text; ` +
      `2^${least} to 2^${most} can`,
    "leave out --dut",
  );
}

/** Texts bring what the network takes, and get its outputs. */
export function isPlain({ dutInput = "int8", dutResult = "outputs" }: TextForm): boolean {
  return dutInput === "int8" && dutResult === "outputs";
}

/** RAM that the firmware keeps for texts beside the latest inference. */
export function loadedBytes(program: Program, { dutInput }: TextForm): number {
  return (
    roundUp(onlyInput(program).bytes * (dutInput === "f32" ? 4 : 1)) + roundUp(onlyOutput(program).bytes)
  );
}

/** RAM that the latest inference is kept in (firmware/inference.h). */
export function latestBytes(program: Program): number {
  return loadedBytes(program, {});
}

const roundUp = (bytes: number): number => 4 * Math.ceil(bytes / 4);
