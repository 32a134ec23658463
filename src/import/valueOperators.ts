import type { Quantization } from "../network/quantizedNetwork.js";
import {
  logisticOutput,
  tanhOutput,
  tfliteLogisticTable,
  tfliteTanhTable,
} from "../quantize/tfliteTables.js";
import type { LayerSettings, OperatorContext } from "./operatorContext.js";
import { largestReluFactor, reluTable } from "./reluTable.js";
import { leakyReluOptions } from "./tfliteSchema.js";
import {
  absTable,
  hardSwishFactors,
  hardSwishTable,
  leakyFactor,
  leakyReluTable,
  rsqrtTable,
  stepFactor,
} from "./valueTables.js";

/** A function of one value as all its results. */
function lookup(
  context: OperatorContext,
  activation: string,
  table: (input: Quantization, output: Quantization) => Int8Array,
): LayerSettings {
  context.expectInputs(1);
  const { fileShape, quantization } = context.input();
  context.expectOutputShape(fileShape);
  return { kind: "lookup", activation, table: table(quantization, context.output.quantization) };
}

function expectFactor(context: OperatorContext, factor: number): void {
  if (factor < largestReluFactor) return;
  context.fail(`rescales by ${factor}; less than ${largestReluFactor} is possible`);
}

export function relu(name: string) {
  return (context: OperatorContext): LayerSettings =>
    lookup(context, name.toLowerCase(), (input, output) => {
      expectFactor(context, input.scale / output.scale);
      return reluTable(name, input, output);
    });
}

export function leakyRelu(context: OperatorContext): LayerSettings {
  const alpha = context.options(leakyReluOptions.type).float32(leakyReluOptions.alpha);
  if (!Number.isFinite(alpha)) context.fail(`has alpha ${alpha}; a number is expected`);
  return lookup(context, "leaky_relu", (input, output) => {
    expectFactor(context, stepFactor(input, output));
    expectFactor(context, Math.abs(leakyFactor(alpha, input, output)));
    return leakyReluTable(alpha, input, output);
  });
}

export function abs(context: OperatorContext): LayerSettings {
  return lookup(context, "abs", (input, output) => {
    expectFactor(context, stepFactor(input, output));
    return absTable(input, output);
  });
}

/** Multipliers of both steps are shifted by at most 31 bits. */
const rootFactors = [2 ** -10, 2 ** 9] as const;

export function rsqrt(context: OperatorContext): LayerSettings {
  return lookup(context, "rsqrt", (input, output) => {
    const factor = 1 / Math.fround(Math.fround(Math.sqrt(input.scale)) * output.scale);
    const [least, most] = rootFactors;
    if (!(factor > least && factor < most)) {
      context.refuse(
        `takes scale ${input.scale} to ${output.scale}; 1 / (√input · output) of ${least} to ${most} is supported`,
      );
    }
    return rsqrtTable(factor, input, output);
  });
}

/** 16 bits are shifted by no more. */
const mostShift = 15;
/** A larger step is shifted by more in any case: 512 / 128 is over 2^15 times 3 / 2^15. */
const largestSwishStep = 512;

export function hardSwish(context: OperatorContext): LayerSettings {
  return lookup(context, "hard_swish", (input, output) => {
    expectFactor(context, stepFactor(input, output));
    const isHeld = () => {
      const { toOutput, toSwitch } = hardSwishFactors(input, output);
      return (
        toOutput.exponent <= 0 && toOutput.exponent >= -mostShift && Math.abs(toSwitch.exponent) <= mostShift
      );
    };
    if (input.scale >= largestSwishStep || !isHeld())
      context.refuse(`takes scale ${input.scale} to ${output.scale}; TFLM's 16 bits do not hold that`);
    return hardSwishTable(input, output);
  });
}

/** LOGISTIC and TANH take arguments with 4 bits before the point: a larger step is no use to either. */
const largestArgumentStep = 16;

function saturating(
  activation: string,
  { scale, zeroPoint }: Quantization,
  table: (input: Quantization) => Int8Array,
) {
  return (context: OperatorContext): LayerSettings =>
    lookup(context, activation, (input) => {
      context.expectOutputQuantization(scale, zeroPoint);
      if (!(input.scale < largestArgumentStep)) {
        context.fail(`has an input of scale ${input.scale}; below ${largestArgumentStep} is possible`);
      }
      return table(input);
    });
}

export const logistic = saturating("sigmoid", logisticOutput, tfliteLogisticTable);
export const tanh = saturating("tanh", tanhOutput, tfliteTanhTable);
