import { describe, expect, it } from "vitest";
import { lookup } from "../../src/kernels/lookup.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { ports } from "../support/ports.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

/** −1 − q: every value once, both ends exchanged. */
const table = Int8Array.from({ length: 256 }, (_, i) => -1 - (i - 128));

describe("lookup", () => {
  it("takes the entry of each value, from −128 to 127", () => {
    const output = new Int8Array(3);
    lookup({ size: 3, table }, Int8Array.of(-128, 0, 127), output);
    expect([...output]).toEqual([127, -1, -128]);
  });

  it("gives the same bytes in TypeScript and in the emitted C", () => {
    const quantization = { scale: 1, zeroPoint: 0 };
    const network: QuantizedNetwork = {
      name: "turned",
      tensors: [
        { elementType: "int8", name: "input", shape: [256], quantization },
        { elementType: "int8", name: "output", shape: [256], quantization },
      ],
      ...ports(0, 1),
      layers: [{ kind: "lookup", name: "turn", activation: "turn", inputs: [0], output: 1, table }],
    };
    const everyValue = Int8Array.from({ length: 256 }, (_, i) => i - 128);
    const program = planProgram(network);
    expect(runGenerated(program, [everyValue])).toEqual(runOracle(program, [everyValue]));
    expect(runOracle(program, [everyValue]).slice(0, 2)).toEqual([127, 126]);
  });
});
