import { describe, expect, it } from "vitest";
import type { QuantizedLayer, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { measuredKey } from "../../src/plan/chooseKernels.js";
import { explainPlan } from "../../src/plan/planProgram.js";
import { findTarget } from "../../src/program/target.js";
import { ports } from "../support/ports.js";

const tensor = (name: string, shape: number[]) => ({
  ...{ name, shape, elementType: "int8" as const },
  quantization: { scale: 1, zeroPoint: 3 },
});

function dense(inputs: number, outputs: number, weight = 1): QuantizedNetwork {
  const layer: QuantizedLayer = {
    ...{ kind: "fullyConnected", name: "dense", inputs: [0], output: 1 },
    weights: new Int8Array(inputs * outputs).fill(weight),
    ...{ weightScales: [0.001], bias: new Int32Array(outputs), activationMin: -128, activationMax: 127 },
  };
  return {
    ...{ name: "net", ...ports(0, 1), layers: [layer] },
    tensors: [tensor("input", [inputs]), tensor("output", [outputs])],
  };
}

const target = findTarget("cortex-m4");

describe("kernels chosen by cost", () => {
  it("are the best of what is proven to fit, and the reasons tell which are there", () => {
    const { program, reasons } = explainPlan(dense(64, 10), { target });
    const [{ candidates }] = reasons.layers;
    expect(program.calls[0]!.kernel).toBe("fullyConnectedDigits");
    expect(candidates.filter(({ isTaken }) => isTaken)).toEqual([candidates[0]]);
    expect(candidates.length).toBeGreaterThan(3);
    expect([reasons.core, reasons.unit]).toEqual(["cortex-m4", "modelled cycles"]);
    // three blocks of four outputs: 64 · 12 weights and 12 starts, and three words for all
    expect(candidates[0]!.tableBytes).toBe(768 + 48 + 12);
  });

  it("follow what was measured, whatever the model says of others", () => {
    const { candidates } = explainPlan(dense(64, 10), { target }).reasons.layers[0]!;
    const last = candidates.at(-1)!;
    const measured = new Map([[measuredKey("dense", last), 1_000_000]]);
    const tuned = explainPlan(dense(64, 10), { target, measured }).reasons.layers[0]!.candidates;
    expect(tuned[0]).toMatchObject({ kernel: last.kernel, shape: last.shape, time: 1_000_000 });
    expect(tuned[0]).toMatchObject({ isMeasured: true, isTaken: true });
  });

  it("say why a kernel cannot run a layer", () => {
    const { refused } = explainPlan(dense(640, 4, 127), { target }).reasons.layers[0]!;
    expect(refused).toEqual([
      { kernel: "fullyConnectedDigits", why: "two outputs' sums do not fit into one" },
    ]);
  });
});
