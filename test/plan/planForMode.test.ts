import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { elementCount } from "../../src/base/tensor.js";
import { onlyInput } from "../../src/network/ports.js";
import type {
  Pair,
  QuantizedDepthwiseConvolution,
  QuantizedNetwork,
} from "../../src/network/quantizedNetwork.js";
import { samePadding, windowOutput } from "../../src/network/windowGeometry.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { type Optimize, optimizeModes, type Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { anyTarget, findTarget, type Target } from "../../src/program/target.js";
import { randomPlantedNetwork } from "../support/plantedNetworks.js";
import { ports } from "../support/ports.js";
import { randomConvolution } from "../support/randomConvolutions.js";
import { randomGraph } from "../support/randomGraphs.js";
import { randomNetwork } from "../support/randomNetworks.js";
import { randomWindowNetwork } from "../support/randomWindowNetworks.js";

type Plans = Readonly<Record<Optimize, Program>>;

function plan(network: QuantizedNetwork, passes: boolean, target: Target = anyTarget): Plans {
  const planned = optimizeModes.map((optimize) => [
    optimize,
    planProgram(network, { optimize, passes, target }),
  ]);
  return Object.fromEntries(planned) as Plans;
}

/** With the program that neither mode nor passes have touched; undefined where the network cannot run in int32. */
function planIfItRuns(
  network: QuantizedNetwork,
  passes: boolean,
  target: Target,
): { plans: Plans; plain: Program } | undefined {
  try {
    return { plans: plan(network, passes, target), plain: planProgram(network, { passes: false }) };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function noise(network: QuantizedNetwork): Int8Array {
  const length = elementCount(network.tensors[onlyInput(network).tensor].shape);
  return Int8Array.from({ length }, (_, i) => Math.imul(i * 31 + 7, 2654435761) >> 24);
}

const anyOrPacked = fc.constantFrom(anyTarget, findTarget("cortex-m4"));

/** Larger networks are tried less often: their layouts are searched for. */
const networks: readonly (readonly [string, fc.Arbitrary<QuantizedNetwork>, runs: number])[] = [
  ["depthwise convolutions", randomWindowNetwork(["depthwiseConvolution"], [1, 4]), 100],
  ["windows of all kinds", randomWindowNetwork(undefined, [2, 6]), 60],
  ["convolutions", randomConvolution, 60],
  ["fully connected layers", randomNetwork, 60],
  ["graphs without weights", randomGraph, 15],
  ["whole networks", fc.nat({ max: 1e6 }).map((seed) => randomPlantedNetwork(seed)), 15],
];

describe("planned for RAM, a network", () => {
  it.each(networks)(
    "of %s takes no more than for speed or size, and all give the same bytes",
    (_, any, runs) => {
      let planned = 0;
      fc.assert(
        fc.property(any, fc.boolean(), anyOrPacked, (network, passes, target) => {
          const found = planIfItRuns(network, passes, target);
          if (!found) return;
          planned++;
          const { plans, plain } = found;
          const { speed, size, ram } = plans;
          expect(ram.arenaBytes).toBeLessThanOrEqual(Math.min(speed.arenaBytes, size.arenaBytes));
          // one bound for all: what no plan of any mode undercuts
          expect([speed.arenaLowerBoundBytes, size.arenaLowerBoundBytes]).toEqual(
            new Array<number>(2).fill(ram.arenaLowerBoundBytes),
          );
          expect(ram.arenaBytes).toBeGreaterThanOrEqual(ram.arenaLowerBoundBytes);
          const input = noise(network);
          const expected = runProgram(plain, input);
          for (const program of Object.values(plans)) expect(runProgram(program, input)).toEqual(expected);
        }),
        { numRuns: runs, seed: 10 },
      );
      expect(planned).toBeGreaterThan(runs / 3);
    },
  );
});

/** One depthwise convolution of one channel's image. */
function depthwise(size: Pair, outChannels: number, kernelSize: Pair, isPadded: boolean): QuantizedNetwork {
  const strides: Pair = [2, 2];
  const none = { top: 0, bottom: 0, left: 0, right: 0 };
  const window = { kernelSize, strides, padding: isPadded ? samePadding(size, kernelSize, strides) : none };
  const layer: QuantizedDepthwiseConvolution = {
    ...{ kind: "depthwiseConvolution", name: "depthwise", inputs: [0], output: 1 },
    ...{ ...window, dilations: [1, 1] },
    weights: new Int8Array(kernelSize[0] * kernelSize[1] * outChannels).fill(1),
    weightScales: new Array<number>(outChannels).fill(2 ** -9),
    bias: new Int32Array(outChannels),
    ...{ activationMin: -128, activationMax: 127 },
  };
  const quantization = { scale: 1, zeroPoint: -128 };
  return {
    ...{ name: "image", ...ports(0, 1) },
    tensors: [
      { name: "input", shape: [...size, 1], elementType: "int8", quantization },
      {
        name: "output",
        shape: [...windowOutput(size, window), outChannels],
        elementType: "int8",
        quantization,
      },
    ],
    layers: [layer],
  };
}

const found = ({ speed, size, ram }: Plans) => ({
  arenas: [speed, size, ram].map(({ arenaBytes }) => arenaBytes),
  bound: ram.arenaLowerBoundBytes,
  kernels: ram.calls.map(({ kernel }) => kernel),
});

describe("depthwise convolutions that make more of an image", () => {
  it("write over the image where windows lie in it: 180 x 180 x 1 to 8 channels", () => {
    // 32 400 B of input and 88 · 88 · 8 = 61 952 B of output. The last position, row and column 87, reads from byte
    // 174 · 180 + 174 = 31 494 and writes up to 61 952: the output starts 30 458 B before the input, 30 460 aligned
    expect(found(plan(depthwise([180, 180], 8, [5, 5], false), true))).toEqual({
      ...{ arenas: [94_352, 94_352, 62_860], bound: 62_860 },
      kernels: ["depthwiseConvolution"],
    });
  });

  it("need no copy with padding: 49 x 40 x 1 to 8 channels, as in TFLM's micro_speech", () => {
    // 1 960 B of input, 25 · 20 · 8 = 4 000 B of output, and a plane of 2 497 B, 2 500 aligned. Without it the output
    // starts 2 164 B before the input at row 12, column 19: 8 · 500 − 1960 = 2 040 and what padding adds
    expect(found(plan(depthwise([49, 40], 8, [10, 8], true), true))).toEqual({
      ...{ arenas: [8460, 8460, 4168], bound: 4168 },
      kernels: ["depthwiseConvolution"],
    });
  });
});
