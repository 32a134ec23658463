import { describe, expect, it } from "vitest";
import { nearestCentroid } from "../../src/kernels/nearestCentroid.js";
import { squaredDistance } from "../../src/kernels/squaredDistance.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { mostSquares } from "../../src/network/squaredSteps.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { nearestCentroidNetwork, squaredDistanceNetwork } from "../support/distanceNetworks.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";
import { userError } from "../train/userError.js";

const turned = Int8Array.from({ length: 256 }, (_, i) => -1 - (i - 128));
const outputOf = (run: (output: Int32Array) => void): number => {
  const output = Int32Array.of(-1);
  run(output);
  return output[0]!;
};

/** With its first tensor of a size, and all that has its shape. */
function ofSize(network: QuantizedNetwork, size: number): QuantizedNetwork {
  const tensors = network.tensors.map((tensor) =>
    tensor.elementType === "int8" ? { ...tensor, shape: [size] } : tensor,
  );
  return { ...network, tensors };
}

describe("squaredDistance", () => {
  it("sums up the squares of differences", () => {
    // (5 − 2)² + (−128 − 127)² + 0² = 9 + 65025
    const [first, second] = [Int8Array.of(5, -128, 7), Int8Array.of(2, 127, 7)];
    expect(outputOf((output) => squaredDistance({ size: 3 }, first, second, output))).toBe(65034);
  });

  it("fits int32 with as many of the largest squares as the planner takes, and not with one more", () => {
    const [low, high] = [-128, 127].map((value) => new Int8Array(mostSquares).fill(value)) as [
      Int8Array,
      Int8Array,
    ];
    const sum = outputOf((output) => squaredDistance({ size: mostSquares }, low, high, output));
    expect(sum).toBe(mostSquares * 255 ** 2);
    expect((mostSquares + 1) * 255 ** 2).toBeGreaterThan(2 ** 31 - 1);
    expect(() => planProgram(ofSize(squaredDistanceNetwork(turned), mostSquares + 1))).toThrow(
      userError('layer "error" sums up 33026 squared differences; 33025 are certain to fit int32'),
    );
  });

  it("is refused between other steps", () => {
    const network = squaredDistanceNetwork(turned);
    const tensors = network.tensors.with(1, {
      ...network.tensors[1]!,
      quantization: { scale: 0.5, zeroPoint: -7 },
    });
    expect(() => planProgram({ ...network, tensors })).toThrow(
      userError(
        'layer "error": expected scale 0.25 and zero point -7 of its output in "again", found 0.5 and -7',
      ),
    );
  });

  it("gives the same bytes in TypeScript and in the emitted C", () => {
    const inputs = [Int8Array.of(-128, 127, 0, -1, 5, -77), Int8Array.of(0, 0, 0, 0, 0, -1)];
    const program = planProgram(squaredDistanceNetwork(turned));
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    // −1 − q − q = −1 − 2q: 255² + 255² + 1 + 1 + 11² + 153² = 153 582; five of 1 and 1
    expect(inputs.map((input) => [...runProgram(program, input)])).toEqual([[153582], [6]]);
  });
});

describe("nearestCentroid", () => {
  it("takes the least sum of squares, wherever it stands", () => {
    const centroids = Int8Array.of(0, 0, 10, 10, -128, 127);
    const layer = { size: 2, values: 6, centroids };
    const distance = (...input: number[]) =>
      outputOf((output) => nearestCentroid(layer, Int8Array.from(input), output));
    // (3 − 0)² + 4², (9 − 10)² + (12 − 10)², (−128 + 128)² + (126 − 127)², 127² + 128²
    expect([distance(3, 4), distance(9, 12), distance(-128, 126), distance(127, -128)]).toEqual([
      25, 5, 1, 32513,
    ]);
  });

  it("is refused where a sum may leave int32", () => {
    expect(() => planProgram(ofSize(nearestCentroidNetwork(1, 2, 3), mostSquares + 1))).toThrow(
      userError('layer "distance" sums up 33026 squared differences; 33025 are certain to fit int32'),
    );
  });

  it("gives the same bytes in TypeScript and in the emitted C", () => {
    const inputs = [Int8Array.of(-128, 127, 0), Int8Array.of(5, 6, 7), Int8Array.of(100, -100, 3)];
    const program = planProgram(nearestCentroidNetwork(5, 6, 8, -128, -128, -128, 127, -128, 0));
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
    // 133² + 121² + 8², 1, 27² + 28² + 3²
    expect(inputs.map((input) => [...runProgram(program, input)])).toEqual([[32394], [1], [1522]]);
  });
});
