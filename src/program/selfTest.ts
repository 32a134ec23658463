import { bytesOfValues, createActivation, elementBytes } from "../network/elementTypes.js";
import { portElements } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Program } from "./program.js";
import { runProgram } from "./runProgram.js";

/**
 * An input that a device makes by itself, and what each layer makes of it on the host. The input is noise, since a model
 * file holds no samples, and four bytes a layer are less than any sample.
 */
export interface SelfTest {
  /** Bits by which the noise is made smaller than the input's type: what saturates everywhere tells little. */
  readonly shift: number;
  /** {@link checksum} of each layer's output. */
  readonly checksums: readonly number[];
}

/** Multiplier and summand of the noise: Knuth & Lewis in Press et al. 1992, Numerical Recipes in C, §7.1. */
export const noiseFactor = 1664525;
export const noiseSummand = 1013904223;

/** The highest bits of each step, less the half of their range, and fewer by `shift`; all inputs behind each other. */
export function selfTestInput(program: Program, shift: number): ActivationData {
  const [{ elementType }] = program.inputs as [Program["inputs"][number]];
  const input = createActivation(elementType, portElements(program.inputs));
  const bits = 8 * elementBytes[elementType];
  let noise = 0;
  for (let i = 0; i < input.length; i++) {
    noise = (Math.imul(noise, noiseFactor) + noiseSummand) >>> 0;
    input[i] = ((noise >>> (32 - bits)) - 2 ** (bits - 1)) >> shift;
  }
  return input;
}

/**
 * FNV-1a of 32 bits. Each step is a bijection, so a single byte that differs always changes it.
 *
 * Source: Fowler, Noll, Vo, Eastlake, RFC 9923.
 */
export function checksum(bytes: Int8Array): number {
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ (byte & 255), 16777619);
  return hash >>> 0;
}

interface Trial {
  readonly selfTest: SelfTest;
  /** Of the layer that shows least: different values among those that it could have. */
  readonly variety: number;
}

function tryShift(program: Program, shift: number): Trial {
  const checksums: number[] = [];
  const varieties: number[] = [];
  runProgram(program, selfTestInput(program, shift), (_, output) => {
    checksums.push(checksum(bytesOfValues(output)));
    varieties.push(new Set(output).size / Math.min(output.length, 256));
  });
  return { selfTest: { shift, checksums }, variety: Math.min(...varieties) };
}

/** Multiply-accumulates that may be spent on the choice: a second of the host at most. */
const mostMacs = 8e6;

/** Tries noise of several sizes, few for a large network, and takes that under which the poorest layer shows most. */
export function planSelfTest(program: Program): SelfTest {
  const macs = program.calls.reduce((sum, call) => sum + call.macs, 1);
  const shifts = program.inputs[0]!.elementType === "int8" ? [0, 2, 4, 6] : [0, 4, 7, 10];
  const tried = Math.max(1, Math.floor(mostMacs / macs));
  let best: Trial | undefined;
  for (const shift of shifts.slice(0, tried)) {
    const trial = tryShift(program, shift);
    if (best === undefined || trial.variety > best.variety) best = trial;
  }
  return best!.selfTest;
}
