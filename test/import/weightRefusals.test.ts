import { describe, expect, it } from "vitest";
import { conv, dense, depthwise, inputOf, outputOf, type Refusal, refuse, refuseOne } from "./refuse.js";

describe("a convolution or fully connected layer that contradicts itself or has no integer form is named", () => {
  it.each<Refusal>([
    [
      "declared shape of a convolution",
      (spec) => {
        outputOf(spec, conv).shape = [1, 5, 3, 4];
      },
      "operator 1 (CONV_2D) gives [1, 4, 3, 4]; its output tensor 2 has shape [1, 5, 3, 4]",
    ],
    [
      "weights of another size than their tensor",
      (spec) => {
        inputOf(spec, conv, 1).data = new Int8Array(71);
      },
      "operator 1 (CONV_2D) has weights of shape [4, 3, 3, 2] in 71 B, expected 72 B",
    ],
    [
      "weights whose sizes' product is absurd",
      (spec) => {
        inputOf(spec, conv, 1).shape = [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30];
      },
      "operator 1 (CONV_2D) has weights of shape [1073741824, 1073741824, 1073741824, 1073741824] in 72 B, " +
        "expected 1.329227995784916e+36 B",
    ],
    [
      "weights that are computed",
      (spec) => {
        delete inputOf(spec, dense, 1).data;
        inputOf(spec, dense, 1).shape = [1, 48];
      },
      "operator 15 (FULLY_CONNECTED) takes its weights from tensor 24, which is computed",
    ],
    [
      "weights left out",
      (spec) => {
        spec.operators[conv].inputs = [1, -1];
      },
      "operator 1 (CONV_2D) has no weights",
    ],
    [
      "an image left out",
      (spec) => {
        spec.operators[conv].inputs = [-1, 3, 4];
      },
      "operator 1 (CONV_2D) needs input 0, which is left out",
    ],
    [
      "too few inputs",
      (spec) => {
        spec.operators[conv].inputs = [1];
      },
      "operator 1 (CONV_2D) should have 2 to 3 inputs, found 1",
    ],
    [
      "biases of another type",
      (spec) => {
        inputOf(spec, conv, 2).type = "int64";
        inputOf(spec, conv, 2).data = new BigInt64Array(4);
      },
      "operator 1 (CONV_2D) has biases of type int64; int32 is supported",
    ],
    [
      "too few biases",
      (spec) => {
        inputOf(spec, conv, 2).data = new Int32Array(3);
        inputOf(spec, conv, 2).shape = [3];
      },
      "operator 1 (CONV_2D) has 3 biases for 4 output channels",
    ],
    [
      "weights that are not symmetric",
      (spec) => {
        inputOf(spec, conv, 1).zeroPoints = [0, 0, 1, 0];
      },
      "operator 1 (CONV_2D) has weights of zero point 1; 0 is supported",
    ],
    [
      "weight scales along the wrong axis",
      (spec) => {
        inputOf(spec, depthwise, 1).quantizedDimension = 0;
      },
      "operator 2 (DEPTHWISE_CONV_2D) has 8 weight scales along axis 0; 1, or 8 along axis 3 are supported",
    ],
    [
      "a weight scale of 0",
      (spec) => {
        inputOf(spec, conv, 1).scales = [1, 1, 0, 1];
      },
      "operator 1 (CONV_2D) has a weight scale of 0; scales are above 0",
    ],
    [
      "a scale that is no number",
      (spec) => {
        inputOf(spec, conv, 1).scales = [1, Number.NaN, 1, 1];
      },
      "operator 1 (CONV_2D) has a weight scale of NaN; scales are above 0",
    ],
    [
      "grouped convolution",
      (spec) => {
        inputOf(spec, conv, 1).shape = [4, 3, 6, 1];
      },
      "operator 1 (CONV_2D) has filters of 1 channels and an image of 2; grouped convolutions are not supported",
    ],
    [
      "depth multiplier that is not the filters'",
      (spec) => {
        spec.operators[depthwise].options = [
          [1, "int32", 1],
          [2, "int32", 1],
          [3, "int32", 3],
        ];
      },
      "operator 2 (DEPTHWISE_CONV_2D) has filters of shape [1, 3, 1, 8] and depth multiplier 3 for an image of 4 channels",
    ],
    [
      "options of another operator",
      (spec) => {
        spec.operators[conv].optionsType = 5;
      },
      "operator 1 (CONV_2D) has options of kind 5, expected 1",
    ],
    [
      "no options",
      (spec) => {
        spec.operators[conv].optionsType = 0;
      },
      "operator 1 (CONV_2D) has no options",
    ],
    [
      "strides of 0",
      (spec) => {
        spec.operators[conv].options = [[2, "int32", 1]];
      },
      "operator 1 (CONV_2D) has strides 1 x 0; 1 to 65535 are possible",
    ],
    [
      "dilation beyond all reason",
      (spec) => {
        spec.operators[conv].options = [
          [1, "int32", 1],
          [2, "int32", 1],
          [4, "int32", 2 ** 31 - 1],
        ];
      },
      "operator 1 (CONV_2D) has dilations 1 x 2147483647; 1 to 65535 are possible",
    ],
    [
      "weights for another number of features",
      (spec) => {
        spec.operators[dense].inputs = [2, ...spec.operators[dense].inputs.slice(1)];
      },
      "operator 15 (FULLY_CONNECTED) makes 3 features of 16, found [1, 3] made of [1, 4, 3, 4]",
    ],
    [
      "weights in another order",
      (spec) => {
        spec.operators[dense].options = [[1, "int8", 1]];
      },
      "operator 15 (FULLY_CONNECTED) has weights in format 1; 0, the plain one, is supported",
    ],
  ])("%s", (_, change, expected) => {
    expect(refuse(change).message).toBe(`test.tflite: ${expected}`);
  });

  it("an image where the operator needs one", () => {
    const { message, hint } = refuseOne((model) => {
      const input = model.activation([1, 5, 4]);
      model.add({
        type: "CONV_2D",
        inputs: [input, model.weights([1, 1, 1, 4], [1])],
        outputs: [model.activation([1, 5, 1])],
        optionsType: 1,
        options: [],
      });
    });
    expect(message).toBe(
      "test.tflite: operator 0 (CONV_2D) takes images [1, height, width, channels]; tensor 0 has shape [1, 5, 4]",
    );
    expect(hint).toBe("reshape a signal to [1, length, 1, channels] in front of it");
  });
});
