import { describe, expect, it } from "vitest";
import {
  add,
  concatenation,
  conv,
  dense,
  inputOf,
  logistic,
  mean,
  outputOf,
  pad,
  pool,
  type Refusal,
  refuse,
  relu,
  reshape,
  softmax,
} from "./refuse.js";

describe("an operator without weights that contradicts itself or has no integer form is named", () => {
  it.each<Refusal>([
    [
      "an unknown padding",
      (spec) => {
        spec.operators[pool].options = [...spec.operators[pool].options!.slice(1), [0, "int8", 2]];
      },
      "operator 3 (AVERAGE_POOL_2D) has padding of number 2; SAME and VALID are supported",
    ],
    [
      "a fused function that is no clamp",
      (spec) => {
        spec.operators[add].options = [[0, "int8", 4]];
      },
      "operator 5 (ADD) has the fused activation TANH; supported are NONE, RELU, RELU_N1_TO_1 and RELU6",
    ],
    [
      "pooling that rescales",
      (spec) => {
        outputOf(spec, pool).scales = [5];
      },
      "operator 3 (AVERAGE_POOL_2D) has an input of scale 4, zero point -100 and an output of 5, -100; they should be equal",
    ],
    [
      "addition of different shapes",
      (spec) => {
        spec.operators[add].inputs = [5, 8];
      },
      "operator 5 (ADD) takes inputs of shapes [1, 4, 3, 8] and [1, 2, 2, 8]",
    ],
    [
      "addition of a constant of many scales",
      (spec) => {
        spec.operators[add].inputs = [8, spec.operators[conv].inputs[1]];
      },
      "tensor 3 has 4 scales (0.5) and 4 zero points (0); one scale above 0 and one zero point -128..127 are expected",
    ],
    [
      "joining along the batch",
      (spec) => {
        spec.operators[concatenation].options = [[0, "int32", 0]];
      },
      "operator 8 (CONCATENATION) gives [2, 2, 2, 8]; its output tensor 13 has shape [1, 2, 2, 16]",
    ],
    [
      "joining of what does not fit",
      (spec) => {
        spec.operators[concatenation].inputs = [12, 5];
      },
      "operator 8 (CONCATENATION) joins shapes [1, 2, 2, 8] and [1, 4, 3, 8] along axis 3",
    ],
    [
      "joining with a fused activation",
      (spec) => {
        spec.operators[concatenation].options = [
          [0, "int32", 3],
          [1, "int8", 1],
        ];
      },
      "operator 8 (CONCATENATION) has a fused activation",
    ],
    [
      "padding before the beginning",
      (spec) => {
        inputOf(spec, pad, 1).data = Int32Array.of(-1, 0, 0, 0, 0, 0, 0, 0);
      },
      "operator 9 (PAD) has paddings [-1, 0, 0, 0, 0, 0, 0, 0] for 4 axes; 0 to 65535 before and after each are supported",
    ],
    [
      "padding of other axes than the image has",
      (spec) => {
        inputOf(spec, pad, 1).data = new Int32Array(6);
        inputOf(spec, pad, 1).shape = [3, 2];
      },
      "operator 9 (PAD) has paddings [0, 0, 0, 0, 0, 0] for 4 axes; 0 to 65535 before and after each are supported",
    ],
    [
      "a mean over axes that do not leave the output's",
      (spec) => {
        inputOf(spec, mean, 1).data = Int32Array.of(1, 3);
      },
      "operator 13 (MEAN) gives [1, 4]; its output tensor 19 has shape [1, 16]",
    ],
    [
      "a mean over an axis that is not there",
      (spec) => {
        inputOf(spec, mean, 1).data = Int32Array.of(1, 4);
      },
      "operator 13 (MEAN) has axis 4 of 4 axes",
    ],
    [
      "a shape that does not hold the values",
      (spec) => {
        outputOf(spec, reshape).shape = [1, 4, 5];
        inputOf(spec, reshape, 1).data = Int32Array.of(1, 4, 5);
      },
      "operator 14 (RESHAPE) makes [1, 4, 5] of 16 values, which it cannot hold",
    ],
    [
      "another shape than the declared one",
      (spec) => {
        inputOf(spec, reshape, 1).data = Int32Array.of(1, 2, 8);
      },
      "operator 14 (RESHAPE) should make [1, 2, 8]; its output has shape [1, 4, 4]",
    ],
    [
      "a shape of thousands of axes",
      (spec) => {
        inputOf(spec, reshape, 1).data = new Int32Array(4000);
        inputOf(spec, reshape, 1).shape = [4000];
      },
      "operator 14 (RESHAPE) has 4000 values of the new shape; at most 8 are possible",
    ],
    [
      "a sigmoid with an output of its own",
      (spec) => {
        outputOf(spec, logistic).scales = [1 / 128];
      },
      "operator 16 (LOGISTIC) should give scale 0.00390625 and zero point -128, found 0.0078125 and -128",
    ],
    [
      "a softmax with an output of its own",
      (spec) => {
        outputOf(spec, softmax).zeroPoints = [0];
      },
      "operator 18 (SOFTMAX) should give scale 0.00390625 and zero point -128, found 0.00390625 and 0",
    ],
    [
      "beta that is no number",
      (spec) => {
        spec.operators[softmax].options = [[0, "float32", Number.NaN]];
      },
      "operator 18 (SOFTMAX) has beta NaN; a number above 0 is expected",
    ],
    [
      "steps too coarse for a sigmoid",
      (spec) => {
        outputOf(spec, dense).scales = [16];
      },
      "operator 16 (LOGISTIC) has an input of scale 16; below 16 is possible",
    ],
    [
      "rescaling beyond int32",
      (spec) => {
        outputOf(spec, relu).scales = [2 ** -30];
      },
      "operator 10 (RELU) rescales by 4294967296; less than 4194304 is possible",
    ],
  ])("%s", (_, change, expected) => {
    expect(refuse(change).message).toBe(`test.tflite: ${expected}`);
  });
});
