import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementCount } from "../../src/base/tensor.js";
import { kernels } from "../../src/kernels/index.js";
import type { QuantizedLayer } from "../../src/network/quantizedNetwork.js";
import type { Candidates, KernelChoice, LayerContext, LayerPlanner } from "../../src/plan/kernelChoice.js";
import { layerPlanners } from "../../src/plan/layerPlanners.js";
import { overlapDistance } from "../../src/plan/windowOverlap.js";
import { planningTargets } from "../../src/program/target.js";
import { firstDifference } from "../support/firstDifference.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { runReference } from "../support/referenceNetwork.js";

const step = fc.record({ reads: fc.array(fc.nat(30), { maxLength: 4 }), writes: fc.nat(20) });

/** Whether steps that each read bytes, then write one byte (or write first), read only what nobody wrote. */
function isSafe(
  steps: readonly { reads: readonly number[]; writes: number }[],
  inputAt: number,
  outputAt: number,
  readsFirst: boolean,
): boolean {
  const written = new Set<number>();
  return steps.every(({ reads, writes }) => {
    if (!readsFirst) written.add(outputAt + writes);
    const isRight = reads.every((byte) => !written.has(inputAt + byte));
    written.add(outputAt + writes);
    return isRight;
  });
}

describe("overlapDistance", () => {
  it("lets no step read what was written, at the distance and at any lower output", () => {
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.nat(40),
        (steps, first, more) => {
          const distance = overlapDistance(
            steps.map(({ reads, writes }) => ({ readFrom: Math.min(...reads), writtenTo: writes + 1 })),
            first,
          );
          if (!Number.isFinite(distance)) return; // nothing is read
          expect(isSafe(steps, distance + more, 0, first)).toBe(true);
        },
      ),
      { numRuns: 2000, seed: 4 },
    );
  });

  it("is the least such distance where steps write all up to their end", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), (steps) => {
        const written = steps.flatMap(({ reads, writes }) => [
          ...Array.from({ length: writes }, (_, byte) => ({ reads: [], writes: byte })),
          { reads, writes },
        ]);
        const distance = overlapDistance(
          steps.map(({ reads, writes }) => ({ readFrom: Math.min(...reads), writtenTo: writes + 1 })),
        );
        if (!Number.isFinite(distance)) return;
        expect(isSafe(written, distance, 0, false)).toBe(true);
        // lower outputs are right as well, so bytes that nothing wrote lie behind: the one before must fail
        if (distance > 0) expect(isSafe(written, distance - 1, 0, false)).toBe(false);
      }),
      { numRuns: 2000, seed: 4 },
    );
  });

  it("is 0 for a value after the other, and one position's growth less than the sizes' difference for pointwise", () => {
    const valueByValue = [0, 1, 2, 3].map((i) => ({ readFrom: i, writtenTo: i + 1 }));
    expect(overlapDistance(valueByValue, true)).toBe(0);
    // 4 positions of 2 channels become 5: all of a position is read before it is written
    const pointwise = [0, 1, 2, 3].map((i) => ({ readFrom: 2 * i, writtenTo: 5 * (i + 1) }));
    expect(overlapDistance(pointwise, true)).toBe(3 * (5 - 2));
    expect(overlapDistance(pointwise)).toBe(3 * (5 - 2) + 5);
  });
});

function candidatesOf(layer: QuantizedLayer, context: LayerContext): Candidates {
  if (layer.kind === "reshape") return [];
  return [(layerPlanners[layer.kind] as LayerPlanner)(layer, context)].flat();
}

/** Runs one kernel with its inputs and output at given bytes of one memory. */
function runAt(
  choice: KernelChoice,
  inputs: readonly Int8Array[],
  inputsAt: readonly number[],
  outputBytes: number,
  outputAt: number,
): Int8Array {
  const memory = new ArrayBuffer(
    4 * (outputBytes + inputs.reduce((sum, { length }) => sum + length, 0)) + 4096,
  );
  const views = inputs.map((input, i) => {
    const view = new Int8Array(memory, inputsAt[i], input.length);
    view.set(input);
    return view;
  });
  const output = new Int8Array(memory, outputAt, outputBytes);
  const scratch = (choice.scratch ?? []).map(({ elementType, elements }) =>
    elementType === "int8"
      ? new Int8Array(elements)
      : elementType === "int16"
        ? new Int16Array(elements)
        : new Int32Array(elements),
  );
  kernels[choice.kernel](choice.layer, ...views, output, ...scratch);
  return output.slice();
}

/** Runs one kernel with inputs and output apart from each other. */
function runApart(choice: KernelChoice, inputs: readonly Int8Array[], outputBytes: number): Int8Array {
  let end = outputBytes;
  const inputsAt = inputs.map(({ length }) => {
    end += length;
    return end - length;
  });
  return runAt(choice, inputs, inputsAt, outputBytes, 0);
}

describe("kernels that say where their output may lie", () => {
  it.each([
    ...planningTargets.map((target) => ({ optimize: "speed" as const, target })),
    { optimize: "size" as const, target: planningTargets[0] },
  ])("give the same bytes there in every shape, for $optimize on $target.id", ({ optimize, target }) => {
    const seen = new Map<string, number>();
    for (let seed = 0; seed < (optimize === "size" ? 20 : 30); seed++) {
      const network = randomPlantedNetwork(seed, { layers: 4 });
      const values = runReference(network, randomInput(network, seed));
      for (const layer of network.layers) {
        const output = network.tensors[layer.output];
        const candidates = candidatesOf(layer, {
          inputs: layer.inputs.map((index) => network.tensors[index]),
          inputRanges: layer.inputs.map(() => ({ min: -128, max: 127 })),
          output,
          optimize,
          target,
        });
        const inputs = layer.inputs.map((index) => values[index] as Int8Array);
        for (const choice of candidates) {
          const apart = runApart(choice, inputs, elementCount(output.shape));
          expect([
            choice.kernel,
            choice.shape,
            firstDifference(apart, values[layer.output] as Int8Array),
          ]).toEqual([...[choice.kernel, choice.shape, null]]);
          const allowed = [
            ...(choice.inPlace ?? []).map((input) => ({ input, distance: 0, isExact: true })),
            ...(choice.overlaps ?? []).map((overlap) => ({ ...overlap, isExact: false })),
          ];
          for (const { input, distance, isExact } of allowed) {
            for (const lower of isExact ? [0] : [0, 1, 5]) {
              const bytes = elementCount(output.shape);
              // the shared input in the middle, others behind everything
              const middle = bytes + Math.max(0, distance) + 8;
              let end = middle + inputs[input].length + bytes + 8;
              const inputsAt = inputs.map((one, i) => {
                if (i === input) return middle;
                end += one.length;
                return end - one.length;
              });
              const found = runAt(choice, inputs, inputsAt, bytes, middle - distance - lower);
              const different = firstDifference(found, values[layer.output] as Int8Array);
              expect([choice.kernel, lower, different]).toEqual([choice.kernel, lower, null]);
              seen.set(choice.kernel, (seen.get(choice.kernel) ?? 0) + 1);
            }
          }
        }
      }
    }
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining([
        ...[optimize === "size" ? "add" : "addTable", "multiply", "maxPool", "averagePool", "lookup"],
        ...["convolution", "convolutionPairs", "depthwiseConvolution", "depthwiseStrips"],
        ...(target.dsp ? ["convolutionDigits", "depthwisePairs"] : []),
      ]),
    );
    expect([...seen.values()].reduce((a, b) => a + b)).toBeGreaterThan(500);
  });
});
