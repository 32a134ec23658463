import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { quantizationOf } from "../../src/network/quantization.js";
import type { RealRange } from "../../src/quantize/calibrate.js";
import { prepareForIntegers } from "../../src/quantize/prepareForIntegers.js";
import { quantizeWithRanges } from "../../src/quantize/quantizeNetwork.js";
import { dense } from "../../src/train/layers/dense.js";
import { leakyRelu, sigmoid, tanh } from "../../src/train/layers/elementWise.js";
import type { NetworkSpec } from "../../src/train/layers/graph.js";
import { concatenate } from "../../src/train/layers/merge.js";
import { maxPool1d } from "../../src/train/layers/pooling.js";
import { buildNetwork } from "../../src/train/network/network.js";

const upTo = (max: number): RealRange => ({ min: 0, max });

/** What stands in a network of two inputs, and the scales of its tensors in steps of 1/255 by name. */
function quantize(spec: NetworkSpec, ranges: readonly RealRange[], inputShape = [2]) {
  const network = prepareForIntegers(buildNetwork("n", inputShape, spec, new Random(1)));
  const { tensors, layers } = quantizeWithRanges(network, ranges);
  return {
    kinds: layers.map(({ kind }) => kind),
    spans: tensors.map((tensor) => `${tensor.name} ${Math.round(quantizationOf(tensor).scale * 255)}`),
  };
}

describe("what a concatenation joins", () => {
  it("has the widest range of all", () => {
    const spec: NetworkSpec = (x) => concatenate(dense(1)(x), dense(1)(x), leakyRelu()(x));
    expect(quantize(spec, [1, 2, 5, 3, 5].map(upTo))).toEqual({
      kinds: ["fullyConnected", "fullyConnected", "lookup", "concatenation"],
      spans: ["input 1", "dense_1 5", "dense_2 5", "leakyRelu_1 5", "concatenate_1 5"],
    });
  });

  it("keeps its own range where others take it, and would lose more than a bit", () => {
    const spec: NetworkSpec = (x) => {
      const a = dense(2)(x);
      return concatenate(dense(1)(a), a);
    };
    expect(quantize(spec, [1, 2, 5, 5].map(upTo))).toEqual({
      kinds: ["fullyConnected", "fullyConnected", "requantize", "concatenation"],
      spans: ["input 1", "dense_1 2", "dense_2 5", "dense_1 for concatenate_1 5", "concatenate_1 5"],
    });
    expect(quantize(spec, [1, 2, 4, 4].map(upTo))).toEqual({
      kinds: ["fullyConnected", "fullyConnected", "concatenation"],
      spans: ["input 1", "dense_1 4", "dense_2 4", "concatenate_1 4"],
    });
  });

  it("keeps the format that its function fixes, and is brought to the common one", () => {
    const spec: NetworkSpec = (x) => concatenate(dense(1)(x), sigmoid()(x));
    const { kinds, spans } = quantize(spec, [1, 7, 1, 7].map(upTo));
    expect(kinds).toEqual(["fullyConnected", "lookup", "requantize", "concatenation"]);
    expect(spans.slice(1)).toEqual([
      "dense_1 7",
      "sigmoid_1 1",
      "sigmoid_1 for concatenate_1 7",
      "concatenate_1 7",
    ]);
  });

  it("shares the format that all of its functions fix alike", () => {
    const alike = quantize((x) => concatenate(sigmoid()(x), sigmoid()(x)), [1, 1, 1, 1].map(upTo));
    expect(alike.kinds).toEqual(["lookup", "lookup", "concatenation"]);
    const unlike = quantize((x) => concatenate(sigmoid()(x), tanh()(x)), [1, 1, 1, 1].map(upTo));
    expect(unlike.kinds).toEqual(["lookup", "lookup", "requantize", "requantize", "concatenation"]);
  });
});

describe("what pooling takes and gives", () => {
  it("has one range, and that of a concatenation behind it", () => {
    const spec: NetworkSpec = (x) => {
      const a = leakyRelu()(x);
      return concatenate(maxPool1d(2)(a), maxPool1d(2)(leakyRelu()(x)));
    };
    const { kinds, spans } = quantize(spec, [9, 3, 3, 4, 4, 4].map(upTo), [2, 1]);
    expect(kinds.filter((kind) => kind === "requantize")).toEqual([]);
    expect(
      new Set(spans.filter((text) => !text.startsWith("input")).map((text) => text.split(" ").at(-1))),
    ).toEqual(new Set(["4"]));
  });

  it("is cut where the function behind both no longer changes", () => {
    const { spans } = quantize([dense(2), dense(2), sigmoid()], [1, 50, 50, 1].map(upTo));
    expect(spans).toEqual(["input 1", "dense_1 50", "dense_2 6", "sigmoid_1 1"]);
    const pooled = quantize([leakyRelu(), maxPool1d(2), sigmoid()], [9, 50, 50, 1].map(upTo), [2, 1]);
    expect(pooled.spans.find((text) => text.startsWith("leakyRelu_1 "))).toBe("leakyRelu_1 6");
  });
});
