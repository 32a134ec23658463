import { describe, expect, it } from "vitest";
import { conv, outputOf, quantize, type Refusal, refuse, relu } from "./refuse.js";

describe("an operator that does not fit the others, or a tensor without an integer form, is named", () => {
  it.each<Refusal>([
    [
      "an input that is filled later: a cycle",
      (spec) => {
        spec.operators[conv].inputs = [10, 3, 4];
      },
      "operator 1 (CONV_2D) takes tensor 10, which no operator before it fills",
    ],
    [
      "a tensor that is filled twice",
      (spec) => {
        spec.operators[relu].outputs = [2];
      },
      "operator 10 (RELU) writes tensor 2, which is filled before",
    ],
    [
      "two outputs",
      (spec) => {
        spec.operators[relu].outputs = [16, 16];
      },
      "operator 10 (RELU) has 2 outputs, expected 1",
    ],
    [
      "DEQUANTIZE inside of the network",
      (spec) => {
        Object.assign(spec.operators[quantize], { type: "DEQUANTIZE" });
      },
      "operator 7 (DEQUANTIZE) stands inside of the network",
    ],
    [
      "an empty activation",
      (spec) => {
        outputOf(spec, conv).shape = [1, 0, 3, 4];
      },
      "tensor 2 has shape [1, 0, 3, 4]; sizes of 1 and more are expected, 16777216 values at most",
    ],
    [
      "an activation beyond all reason",
      (spec) => {
        outputOf(spec, conv).shape = [1, 2 ** 30, 2 ** 30, 2 ** 30];
      },
      "tensor 2 has shape [1, 1073741824, 1073741824, 1073741824]; sizes of 1 and more are expected, 16777216 values at most",
    ],
    [
      "an activation without a scale",
      (spec) => {
        delete outputOf(spec, conv).scales;
      },
      "tensor 2 has 0 scales (undefined) and 0 zero points (undefined); " +
        "one scale above 0 and one zero point -128..127 are expected",
    ],
    [
      "a zero point outside of int8",
      (spec) => {
        outputOf(spec, conv).zeroPoints = [128];
      },
      "tensor 2 has 1 scales (2) and 1 zero points (128); one scale above 0 and one zero point -128..127 are expected",
    ],
    [
      "a scale without end",
      (spec) => {
        outputOf(spec, conv).scales = [Number.POSITIVE_INFINITY];
      },
      "tensor 2 has 1 scales (Infinity) and 1 zero points (-128); " +
        "one scale above 0 and one zero point -128..127 are expected",
    ],
    [
      "float32 that goes elsewhere than into one QUANTIZE",
      (spec) => {
        spec.operators[relu].inputs = [0];
      },
      "the input, tensor 0, is float32; one QUANTIZE should make int8 of it, " +
        "found operator 0 (QUANTIZE), operator 10 (RELU)",
    ],
    [
      "a float32 output that nothing fills",
      (spec) => {
        spec.operators.pop();
      },
      "the output, tensor 28, is float32; one DEQUANTIZE should make it of int8, found nothing that fills it",
    ],
    [
      "QUANTIZE that changes the shape",
      (spec) => {
        spec.tensors[0].shape = [1, 8, 12];
      },
      "operator 0 (QUANTIZE) has tensors of shapes [1,8,12] and [1,8,6,2]; equal ones are expected",
    ],
    [
      "uint8 in other steps than the network's",
      (spec) => {
        Object.assign(spec.tensors[0], { type: "uint8", scales: [1], zeroPoints: [125] });
      },
      "operator 0 (QUANTIZE) rescales uint8; only a zero point that differs by 128 can be left out",
    ],
    [
      "an output that nothing fills",
      (spec) => {
        spec.operators.pop();
        spec.outputs = [spec.tensors.length - 1];
        Object.assign(spec.tensors.at(-1)!, { type: "int8", scales: [1], zeroPoints: [0] });
      },
      "no operator fills the model's output, tensor 28",
    ],
  ])("%s", (_, change, expected) => {
    expect(refuse(change).message).toBe(`test.tflite: ${expected}`);
  });
});
