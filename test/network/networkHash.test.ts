import { expect, it } from "vitest";
import { networkHash } from "../../src/network/networkHash.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { ports } from "../support/ports.js";

const network = (zeroPoint: number): QuantizedNetwork => ({
  name: "x",
  tensors: [{ elementType: "int8", name: "input", shape: [1], quantization: { scale: 1, zeroPoint } }],
  ...ports(0, 0),
  layers: [],
});

it("is the same for −0 and 0, which a model file does not tell apart", () => {
  expect(networkHash(network(-0))).toBe(networkHash(network(0)));
  expect(networkHash(network(1))).not.toBe(networkHash(network(0)));
});
