import type { FloatArray } from "../../base/tensor.js";
import type { AffineSizes } from "../ops/affine.js";
import type { Ops } from "../ops/index.js";
import { evenRun, rowBlockOf, runBlockOf } from "./blocks.js";
import type { Machine } from "./machine.js";

type AffineOps = Pick<
  Ops,
  "affineForward" | "affineWeightGradient" | "affineInputGradient" | "addColumnSums"
>;

/** Multiply-accumulates that are worth a thread's while: about ten microseconds. */
const sharedWork = 200_000;

/** Below it, calling WebAssembly costs more than it saves. */
const smallestWork = 256;

/** With more of the inputs than this not zero, going through all of them is faster (measured: 0.45 to 0.6). */
const sparseShare = 0.45;

/** Rows of a weight gradient to share out at once: each share reads the whole input, which fewer rows would wait for. */
const fewestGradientRows = 16;

/** Products of fully connected layers; what is not in the machine's memory, or tiny, is left to `fallback`. */
export function affineOps(machine: Machine, fallback: Ops): AffineOps {
  const { heap } = machine;
  const isHeld = (...arrays: readonly FloatArray[]) => arrays.every((array) => heap.holds(array));

  function isSparse(input: FloatArray, { batch, inFeatures, outFeatures }: AffineSizes): boolean {
    if (inFeatures % 4 !== 0 || outFeatures % 4 !== 0 || inFeatures * outFeatures < 1024) return false;
    return machine.shareOfNonZeros(input.byteOffset, batch * inFeatures) < sparseShare;
  }

  function grainOf(workOfOne: number, multiple: number): number {
    return Math.max(1, Math.ceil(sharedWork / workOfOne / multiple)) * multiple;
  }

  return {
    affineForward(sizes, input, weights, bias, output, isRectified = false) {
      const { batch, inFeatures, outFeatures } = sizes;
      const work = batch * inFeatures * outFeatures;
      if (work < smallestWork || !isHeld(input, weights, output, bias ?? output)) {
        fallback.affineForward(sizes, input, weights, bias, output, isRectified);
        return;
      }
      const panelCount = Math.ceil(outFeatures / 8);
      const panels = machine.reserve("packed", panelCount * inFeatures * 32);
      machine.prepare("Panels", {
        outputs: outFeatures,
        depth: inFeatures,
        weights: weights.byteOffset,
        panels,
      });
      machine.run("packPanels", panelCount, grainOf(inFeatures * 40, 1));
      machine.prepare("Product", {
        columns: outFeatures,
        depthOuter: 1,
        depthInner: inFeatures,
        a: input.byteOffset,
        aRowStride: 4 * inFeatures,
        aStride: 4,
        b: panels,
        bStride: 32,
        bPanelStride: 32 * inFeatures,
        c: output.byteOffset,
        cRowStride: 4 * outFeatures,
        period: batch,
        runBlock: 1,
        rowBlock: rowBlockOf(batch, 4 * inFeatures, 32 * panelCount * inFeatures),
        bias: bias?.byteOffset ?? 0,
        isRectified: Number(isRectified),
      });
      if (isSparse(input, sizes)) {
        machine.reserveOwn(8 * (inFeatures + 1));
        machine.run("sparseProduct", batch, grainOf((inFeatures * outFeatures) / 3, 1));
      } else {
        machine.run("product", batch, grainOf(inFeatures * outFeatures, 4));
      }
    },

    affineWeightGradient(sizes, input, outputGradient, weightGradient) {
      const { batch, inFeatures, outFeatures } = sizes;
      const work = batch * inFeatures * outFeatures;
      if (work < smallestWork || !isHeld(input, outputGradient, weightGradient)) {
        fallback.affineWeightGradient(sizes, input, outputGradient, weightGradient);
        return;
      }
      if (isSparse(input, sizes)) {
        machine.reserveOwn(4 * 8 * (batch + 1) + 16 * outFeatures);
        machine.prepare("WeightGradient", {
          batch,
          inFeatures,
          outFeatures,
          input: input.byteOffset,
          outputGradient: outputGradient.byteOffset,
          weightGradient: weightGradient.byteOffset,
        });
        machine.run("sparseWeightGradient", inFeatures / 4, grainOf((4 * batch * outFeatures) / 3, 1));
        return;
      }
      const run = evenRun(batch);
      machine.prepare("Product", {
        columns: inFeatures,
        depthOuter: batch / run,
        depthInner: run,
        a: outputGradient.byteOffset,
        aRowStride: 4,
        aRunStride: 4 * run * outFeatures,
        bRunStride: 4 * run * inFeatures,
        aStride: 4 * outFeatures,
        b: input.byteOffset,
        bStride: 4 * inFeatures,
        bPanelStride: 32,
        c: weightGradient.byteOffset,
        cRowStride: 4 * inFeatures,
        period: outFeatures,
        runBlock: runBlockOf(batch / run, run, outFeatures),
        rowBlock: outFeatures,
        isAdded: 1,
      });
      machine.run("product", outFeatures, Math.max(fewestGradientRows, grainOf(batch * inFeatures, 4)));
    },

    affineInputGradient(sizes, outputGradient, weights, inputGradient) {
      const { batch, inFeatures, outFeatures } = sizes;
      const work = batch * inFeatures * outFeatures;
      if (work < smallestWork || !isHeld(outputGradient, weights, inputGradient)) {
        fallback.affineInputGradient(sizes, outputGradient, weights, inputGradient);
        return;
      }
      machine.prepare("Product", {
        columns: inFeatures,
        depthOuter: 1,
        depthInner: outFeatures,
        a: outputGradient.byteOffset,
        aRowStride: 4 * outFeatures,
        aStride: 4,
        b: weights.byteOffset,
        bStride: 4 * inFeatures,
        bPanelStride: 32,
        c: inputGradient.byteOffset,
        cRowStride: 4 * inFeatures,
        period: batch,
        runBlock: 1,
        rowBlock: rowBlockOf(batch, 4 * outFeatures, 4 * inFeatures * outFeatures),
      });
      machine.run("product", batch, grainOf(inFeatures * outFeatures, 4));
    },

    addColumnSums(rows, columns, values, sums) {
      if (rows * columns < smallestWork || !isHeld(values, sums)) {
        fallback.addColumnSums(rows, columns, values, sums);
        return;
      }
      machine.prepare("ColumnSums", { rows, columns, values: values.byteOffset, sums: sums.byteOffset });
      machine.run("addColumnSums", Math.ceil(columns / 4), Math.ceil(sharedWork / 4 / rows));
    },
  };
}
