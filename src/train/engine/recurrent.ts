import type { FloatArray } from "../../base/tensor.js";
import type { Ops } from "../ops/index.js";
import type { RecurrentSizes } from "../ops/recurrent.js";
import type { Job } from "./jobs.js";
import type { KernelName } from "./kernels.js";
import type { Machine } from "./machine.js";

type RecurrentOps = Pick<
  Ops,
  "gruBackward" | "gruForward" | "lstmBackward" | "lstmForward" | "simpleRnnBackward" | "simpleRnnForward"
>;

/** Multiply-accumulates that are worth a thread's while: about ten microseconds. */
const sharedWork = 200_000;

/** What sigmoid and tanh of a gate cost beside a product. */
const gateWork = 20;

/** Room of a thread for a product of its own. */
const productBytes = 128;

/** The way of recurrent layers through time; what is not in the machine's memory is left to `fallback`. */
export function recurrentOps(machine: Machine, fallback: Ops): RecurrentOps {
  const { heap } = machine;
  const isHeld = (...arrays: readonly FloatArray[]) => arrays.every((array) => heap.holds(array));

  /** @param sumColumns values of a sample's row of sums */
  function run(
    name: KernelName,
    { batch, steps, units, isReversed, returnsAll }: RecurrentSizes,
    gates: number,
    sumColumns: number,
    job: Job<"Recurrent">,
  ): void {
    const rows = 4 * batch * units;
    const sums = machine.reserve("states", rows * (sumColumns + 1));
    machine.reserveOwn(productBytes);
    machine.prepare("Recurrent", {
      ...{ steps, units, isReversed: Number(isReversed), returnsAll: Number(returnsAll) },
      ...{ sums, cellSums: sums + rows * sumColumns },
      ...job,
    });
    const work = steps * gates * units * (units + gateWork);
    machine.run(name, batch, Math.max(1, Math.ceil(sharedWork / work / 4)) * 4);
  }

  /** @returns the address of the weights as panels */
  function pack(gates: number, units: number, weights: FloatArray): number {
    const outputs = gates * units;
    const count = Math.ceil(outputs / 8);
    const panels = machine.reserve("packed", count * units * 32);
    machine.prepare("Panels", { outputs, depth: units, weights: weights.byteOffset, panels });
    machine.run("packPanels", count, count);
    return panels;
  }

  return {
    lstmForward(sizes, recurrentWeights, trace, output) {
      const { gates, before, cells, squashed } = trace;
      if (!isHeld(recurrentWeights, gates, before, cells, squashed, output)) {
        fallback.lstmForward(sizes, recurrentWeights, trace, output);
        return;
      }
      const weights = pack(4, sizes.units, recurrentWeights);
      run("lstmForward", sizes, 4, 4, {
        ...{ weights, gates: gates.byteOffset, before: before.byteOffset, output: output.byteOffset },
        ...{ cells: cells.byteOffset, squashed: squashed.byteOffset },
      });
    },

    lstmBackward(sizes, recurrentWeights, trace, outputGradient, gateGradients) {
      const { gates, cells, squashed } = trace;
      if (!isHeld(recurrentWeights, gates, cells, squashed, outputGradient, gateGradients)) {
        fallback.lstmBackward(sizes, recurrentWeights, trace, outputGradient, gateGradients);
        return;
      }
      run("lstmBackward", sizes, 4, 1, {
        ...{ weights: recurrentWeights.byteOffset, gates: gates.byteOffset },
        ...{ cells: cells.byteOffset, squashed: squashed.byteOffset },
        ...{ outputGradient: outputGradient.byteOffset, gateGradients: gateGradients.byteOffset },
      });
    },

    gruForward(sizes, recurrentWeights, recurrentBias, trace, output) {
      const { gates, before, candidates } = trace;
      if (!isHeld(recurrentWeights, recurrentBias, gates, before, candidates, output)) {
        fallback.gruForward(sizes, recurrentWeights, recurrentBias, trace, output);
        return;
      }
      const weights = pack(3, sizes.units, recurrentWeights);
      run("gruForward", sizes, 3, 3, {
        ...{ weights, bias: recurrentBias.byteOffset, gates: gates.byteOffset },
        ...{ before: before.byteOffset, candidates: candidates.byteOffset, output: output.byteOffset },
      });
    },

    gruBackward(sizes, recurrentWeights, trace, outputGradient, gateGradients, recurrentGradients) {
      const { gates, before, candidates } = trace;
      const written = [outputGradient, gateGradients, recurrentGradients] as const;
      if (!isHeld(recurrentWeights, gates, before, candidates, ...written)) {
        fallback.gruBackward(sizes, recurrentWeights, trace, ...written);
        return;
      }
      run("gruBackward", sizes, 3, 1, {
        ...{ weights: recurrentWeights.byteOffset, gates: gates.byteOffset },
        ...{ before: before.byteOffset, candidates: candidates.byteOffset },
        ...{ outputGradient: outputGradient.byteOffset, gateGradients: gateGradients.byteOffset },
        recurrentGradients: recurrentGradients.byteOffset,
      });
    },

    simpleRnnForward(sizes, recurrentWeights, trace, output) {
      const { gates, before } = trace;
      if (!isHeld(recurrentWeights, gates, before, output)) {
        fallback.simpleRnnForward(sizes, recurrentWeights, trace, output);
        return;
      }
      const weights = pack(1, sizes.units, recurrentWeights);
      run("simpleRnnForward", sizes, 1, 1, {
        ...{ weights, gates: gates.byteOffset, before: before.byteOffset, output: output.byteOffset },
      });
    },

    simpleRnnBackward(sizes, recurrentWeights, trace, outputGradient, gateGradients) {
      const { gates } = trace;
      if (!isHeld(recurrentWeights, gates, outputGradient, gateGradients)) {
        fallback.simpleRnnBackward(sizes, recurrentWeights, trace, outputGradient, gateGradients);
        return;
      }
      run("simpleRnnBackward", sizes, 1, 1, {
        ...{ weights: recurrentWeights.byteOffset, gates: gates.byteOffset },
        ...{ outputGradient: outputGradient.byteOffset, gateGradients: gateGradients.byteOffset },
      });
    },
  };
}
