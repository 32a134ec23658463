import { UserError } from "../base/errors.js";
import { bytesOf } from "../link/messages.js";
import type { TextProfile } from "../link/textDevice.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { ActivationData, Quantization } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import { roundAwayFromZero } from "../quantize/quantizeTensor.js";

/** Bits of an output step that squares keep: firmware/loaded.c. */
const STEP_BITS = 18;

/**
 * The bytes that bring an input by text, as the device says it takes them.
 *
 * @throws UserError when the network has no such input
 */
export function encodeText(values: ActivationData, program: Program, form: TextProfile): Uint8Array {
  if (form.input === undefined) return bytesOf(values);
  const input = onlyInput(program);
  if (input.elementType !== "int8") {
    throw new UserError(
      `the board takes ${form.input}; the inputs of network "${program.name}" are ${input.elementType}`,
      "export, build and flash this model with --dut",
    );
  }
  if (form.input === "u8") return Uint8Array.from(values, (value) => value + 128);
  return bytesOf32(Float32Array.from(values, (value) => realOf(value, quantizationOf(input))));
}

/**
 * The mean squared error between input and output in real values, as firmware/loaded.c computes it in integers: both in
 * units of 2^-19 to 2^-18 output steps, the mean rounded down.
 */
export function meanSquaredError(
  values: ActivationData,
  output: Int8Array,
  program: Program,
  form: TextProfile,
): number {
  const [from, to] = [quantizationOf(onlyInput(program)), quantizationOf(onlyOutput(program))];
  const [exponentBits] = new Uint32Array(Float32Array.of(to.scale).buffer);
  const unit = 2 ** (STEP_BITS + 127 - (exponentBits! >>> 23));
  const inputs = Array.from(values, (value) => realOf(value, from));
  const reals = form.input === "f32" ? Float32Array.from(inputs) : inputs;
  let sum = 0n;
  output.forEach((value, i) => {
    const difference = roundAwayFromZero(unit * realOf(value, to)) - roundAwayFromZero(unit * reals[i]!);
    sum += BigInt(difference) ** 2n;
  });
  return Number(sum / BigInt(output.length)) / unit ** 2;
}

function realOf(value: number, { scale, zeroPoint }: Quantization): number {
  return scale * (value - zeroPoint);
}

/** The lowest byte first, on any computer. */
function bytesOf32(values: Float32Array): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return bytes;
}
