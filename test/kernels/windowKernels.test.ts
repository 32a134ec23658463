import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { Random } from "../../src/base/random.js";
import { elementCount } from "../../src/base/tensor.js";
import { averagePool } from "../../src/kernels/averagePool.js";
import { kernels } from "../../src/kernels/index.js";
import { onlyInput } from "../../src/network/ports.js";
import type { QuantizedNetwork, QuantizedPooling } from "../../src/network/quantizedNetwork.js";
import { planAveragePool } from "../../src/plan/planPooling.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes, type Program, type ScratchNeed } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { findTarget } from "../../src/program/target.js";
import { divideMultiplier, quantizeMultiplier } from "../../src/quantize/multiplier.js";
import { context } from "../support/layerContext.js";
import { randomWindowNetwork } from "../support/randomWindowNetworks.js";
import { layerByFormula } from "../support/windowFormulas.js";

function int8s(random: Random, count: number): Int8Array {
  return Int8Array.from({ length: count }, () => random.integer(256) - 128);
}

/** All −128, all 127, and noise. */
function inputsOf(network: QuantizedNetwork): Int8Array[] {
  const count = elementCount(network.tensors[onlyInput(network).tensor].shape);
  const random = new Random(count);
  return [new Int8Array(count).fill(-128), new Int8Array(count).fill(127), int8s(random, count)];
}

/** Each mode, and what packed arithmetic changes. */
const plans = [
  ...optimizeModes.map((optimize) => ({ optimize })),
  ...(["speed", "size"] as const).map((optimize) => ({ optimize, target: findTarget("cortex-m4") })),
];

/** Every layer's output by the kernels that the planner chose, and by the formula. */
function expectFormula(network: QuantizedNetwork, seen: Set<string>): void {
  for (const plan of plans) {
    const program = planProgram(network, { ...plan, passes: false });
    for (const input of inputsOf(network)) {
      let expected: readonly number[] = [...input];
      runProgram(program, input, (call, output, index) => {
        expected = layerByFormula(network, network.layers[index], expected);
        const { hasPlane, isRectified, hasOneShift, isPacked } = call.layer;
        const kind = `${hasPlane ? " of a plane" : ""}${isRectified ? " rectified" : ""}`;
        seen.add(`${call.kernel}${kind}${hasOneShift ? " of one shift" : ""}${isPacked ? " packed" : ""}`);
        expect([plan, call.kernel, ...output]).toEqual([plan, call.kernel, ...expected]);
      });
    }
  }
}

/** A typed array with `guard` values of 99 behind its own. */
const guard = 300;
const guarded = (length: number, elementType: ScratchNeed["elementType"] = "int8") =>
  new (elementType === "int16" ? Int16Array : Int8Array)(length + guard).fill(99);

/** True where no kernel of a program writes behind its output or its scratch memory. */
function keepsToItsMemory(program: Program): boolean {
  return program.calls.every(({ kernel, layer, inputs, output, scratch }) => {
    const needs = [{ elements: output.bytes, elementType: output.elementType }, ...scratch];
    const written = needs.map(({ elements, elementType }) => guarded(elements, elementType));
    kernels[kernel](layer, ...inputs.map((input) => guarded(input.bytes)), ...written);
    return written.every((array, i) => array.subarray(needs[i].elements).every((value) => value === 99));
  });
}

describe("layers with windows", () => {
  it("write only where their output and scratch memory is", () => {
    const networks = fc.sample(randomWindowNetwork(), { seed: 5, numRuns: 100 });
    const programs = networks.flatMap((network) =>
      plans.flatMap((plan) => {
        try {
          return [planProgram(network, { ...plan, passes: false })];
        } catch (error) {
          if (error instanceof UserError) return [];
          throw error;
        }
      }),
    );
    expect(programs.length).toBeGreaterThan(200);
    expect(programs.filter((program) => !keepsToItsMemory(program))).toEqual([]);
  });

  it("give what the formula gives on every shape, stride, padding and dilation, in every mode", () => {
    let planned = 0;
    const seen = new Set<string>();
    const property = fc.property(randomWindowNetwork(), (network) => {
      try {
        planProgram(network, { passes: false });
      } catch (error) {
        if (error instanceof UserError) return;
        throw error;
      }
      planned++;
      expectFormula(network, seen);
    });
    fc.assert(property, { seed: 4, numRuns: 300 });
    expect(planned).toBeGreaterThan(200);
    expect([...seen].sort()).toEqual([
      "averagePool",
      "averagePoolWhole",
      "depthwiseConvolution",
      "depthwisePairs",
      "depthwisePairs of one shift",
      "depthwiseShared",
      "depthwiseShared packed",
      "depthwiseStrips",
      "depthwiseStrips of a plane",
      "depthwiseStrips of a plane rectified",
      "depthwiseStrips rectified",
      "maxPool",
      "mean",
    ]);
  });
});

/** One row of values, a window of `kernel` columns. */
function poolRow(values: readonly number[], kernel: number, paddingLeft = 0): number[] {
  const outWidth = values.length + paddingLeft - kernel + 1;
  const output = new Int8Array(outWidth);
  averagePool(
    {
      inHeight: 1,
      inWidth: values.length,
      channels: 1,
      outHeight: 1,
      outWidth,
      kernelHeight: 1,
      kernelWidth: kernel,
      strideY: 1,
      strideX: 1,
      paddingTop: 0,
      paddingLeft,
      isPadded: 1,
      activationMin: -128,
      activationMax: 100,
    },
    Int8Array.from(values),
    output,
  );
  return [...output];
}

describe("averagePool", () => {
  it("rounds ties away from zero, on both sides of it", () => {
    // (1 + 2) / 2 = 1.5, (2 − 3) / 2 = −0.5, (−3 − 2) / 2 = −2.5
    expect(poolRow([1, 2, -3, -2], 2)).toEqual([2, -1, -3]);
  });

  it("counts no padding and clamps", () => {
    // 9 / 1, (9 + 4) / 2 = 6.5, (4 + 127) / 2 = 65.5, 127
    expect(poolRow([9, 4, 127, 127], 2, 1)).toEqual([9, 7, 66, 100]);
  });

  it("is refused where a window lies in the padding only", () => {
    const layer: QuantizedPooling<"averagePool"> = {
      kind: "averagePool",
      name: "pool",
      inputs: [0],
      output: 1,
      kernelSize: [2, 2],
      strides: [1, 1],
      padding: { top: 0, bottom: 0, left: 1, right: 2 },
      activationMin: -128,
      activationMax: 127,
    };
    const image = (width: number) => ({
      name: "image",
      elementType: "int8" as const,
      shape: [2, width, 1],
      quantization: { scale: 1, zeroPoint: 0 },
    });
    expect(() => planAveragePool(layer, context(image(3), image(5)))).toThrow(
      new UserError(
        'layer "pool": the window of output column 4 lies in the padding only',
        "give it less padding than the window is large",
      ),
    );
  });
});

describe("divideMultiplier", () => {
  it("keeps the multiplier's bits by the count's power of two", () => {
    // 2^30 · 8 / 9 = 954437176.9
    expect(divideMultiplier(quantizeMultiplier(0.5), 9)).toEqual({
      multiplier: 954437176,
      leftShift: 0,
      rightShift: 3,
    });
  });

  it("stops at a right shift of 31", () => {
    // 2^−30 = 2^30 / 2^31 · 2^−29: 2 bits are left of the 6 of 64
    expect(divideMultiplier(quantizeMultiplier(2 ** -30), 64)).toEqual({
      multiplier: 2 ** 26,
      leftShift: 0,
      rightShift: 31,
    });
  });

  it("leaves a left shift to factors over the count", () => {
    // 1000 = 2^30 · 1.953125 / 2^31 · 2^10... / 5 = 200
    const { multiplier, leftShift, rightShift } = divideMultiplier(quantizeMultiplier(1000), 5);
    expect([(multiplier / 2 ** 31) * 2 ** leftShift, rightShift]).toEqual([200, 0]);
  });
});
