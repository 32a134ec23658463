import { expect, it } from "vitest";
import { networkHash } from "../../src/network/networkHash.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";

const network = (zeroPoint: number): QuantizedNetwork => ({
  name: "x",
  tensors: [{ name: "input", shape: [1], quantization: { scale: 1, zeroPoint } }],
  input: 0,
  output: 0,
  layers: [],
});

it("is the same for −0 and 0, which a model file does not tell apart", () => {
  expect(networkHash(network(-0))).toBe(networkHash(network(0)));
  expect(networkHash(network(1))).not.toBe(networkHash(network(0)));
});
