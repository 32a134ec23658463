import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { isOnnx, readOnnx } from "../../../src/import/onnx/readOnnx.js";
import { mutate, structuralPositions } from "../mutate.js";
import { buildOnnx } from "./buildOnnx.js";
import { manyOperators } from "./manyOperators.js";
import { surviveOnnx } from "./surviveOnnx.js";

const bytes = buildOnnx(manyOperators);

describe("a damaged .onnx file", () => {
  it("is not the one that is damaged here: that becomes a network, and one in integers", () => {
    expect(isOnnx(bytes)).toBe(true);
    expect(surviveOnnx(bytes, { plans: true })).toBeUndefined();
  });

  it("becomes a network that holds together, or a message", () => {
    const constants = readOnnx(bytes, "many.onnx").initializers.flatMap(({ raw }) => raw ?? []);
    const positions = structuralPositions(bytes, constants);
    const complaints = Array.from({ length: 150 }, (_, seed) =>
      surviveOnnx(mutate(bytes, positions, new Random(seed))),
    );
    expect(complaints.filter((complaint) => complaint !== undefined).length).toBeGreaterThan(100);
  });

  it("is told from others by its bytes, cut anywhere", () => {
    for (const length of [0, 1, 7, 100, bytes.length - 1])
      expect(isOnnx(bytes.subarray(0, length))).toBe(false);
    expect(isOnnx(new TextEncoder().encode("samples, columns\n1, 2\n"))).toBe(false);
  });
});
