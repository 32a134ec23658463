import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { decodeDescription, encodeDescription, type NetworkDescription } from "../../src/link/description.js";
import { decodeHello, PROTOCOL_VERSION } from "../../src/link/messages.js";
import { networkDirectory } from "../firmware/images.js";

const fixtureDescription: NetworkDescription = {
  hash: "0123456789abcdef".repeat(4),
  name: "fixture",
  inputs: [
    {
      name: "input",
      border: "float32",
      elementType: "int8",
      shape: [28, 28, 1],
      quantization: { scale: 1 / 256, zeroPoint: -128 },
    },
  ],
  outputs: [
    {
      name: "output",
      border: "float32",
      elementType: "int8",
      shape: [10],
      quantization: { scale: 0.5, zeroPoint: 3 },
    },
  ],
  stateBytes: 0,
  arenaBytes: 1568,
  macs: 0,
  layerNames: ["invert", "fold"],
};
const encoded = encodeDescription(fixtureDescription);

describe("encodeDescription", () => {
  it("makes the bytes that stand in the fixture's network.c", () => {
    const source = readFileSync(join(networkDirectory("fixture"), "network.c"), "utf8");
    const table = /network_description\[.*?\{(.*?)\}/s.exec(source)![1]!;
    expect([...encoded]).toEqual([...table.matchAll(/0x../g)].map(([byte]) => Number(byte)));
  });

  it("is undone by decodeDescription", () => {
    expect(decodeDescription(encoded)).toEqual(fixtureDescription);
  });

  it("refuses names that do not fit a byte of length", () => {
    expect(() => encodeDescription({ ...fixtureDescription, layerNames: ["é".repeat(128)] })).toThrow(
      `layer name "${"é".repeat(128)}" has 256 bytes; at most 255 travel`,
    );
  });
});

describe("decodeDescription", () => {
  it("refuses a description cut anywhere", () => {
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeDescription(encoded.subarray(0, length))).toThrow(UserError);
    }
    expect(() => decodeDescription(encoded.subarray(0, 113))).toThrow(
      "network description: a field of 4 bytes starts at 111, but there are only 113 bytes",
    );
  });

  it("refuses bytes after the last layer", () => {
    expect(() => decodeDescription(Uint8Array.of(...encoded, 0))).toThrow(
      "network description: 130 bytes, but its fields take 129",
    );
  });

  it("refuses a scale that is no positive number", () => {
    expect(() =>
      decodeDescription(
        encodeDescription({
          ...fixtureDescription,
          inputs: [
            {
              name: "input",
              border: "float32",
              elementType: "int8",
              shape: [1],
              quantization: { scale: Number.NaN, zeroPoint: 0 },
            },
          ],
        }),
      ),
    ).toThrow("network description: scale NaN is not a positive number");
  });

  it("refuses an element type that it does not know", () => {
    expect(() => decodeDescription(encoded.map((byte, i) => (i === 48 ? 9 : byte)))).toThrow(
      "network description: element type 9 is not known",
    );
  });

  it("refuses a border that it does not know, and no input", () => {
    const changed = (at: number, value: number) => encoded.map((byte, i) => (i === at ? value : byte));
    expect(() => decodeDescription(changed(47, 9))).toThrow("network description: border 9 is not known");
    expect(() => decodeDescription(changed(40, 0))).toThrow("network description: no inputs");
  });

  it("gives a scale and a zero point of int32 for each column, and refuses another number of them", () => {
    const columns = [
      { scale: 1, zeroPoint: 0 },
      { scale: 0.5, zeroPoint: -(2 ** 31) },
    ];
    const table = (quantization: typeof columns) =>
      encodeDescription({
        ...fixtureDescription,
        inputs: [{ ...fixtureDescription.inputs[0]!, elementType: "int16", shape: [7, 2], quantization }],
      });
    expect(decodeDescription(table(columns)).inputs[0]?.quantization).toEqual(columns);
    expect(() => decodeDescription(table([...columns, columns[0]!]))).toThrow(
      "network description: 3 scales for 2 columns; expected 1 or 2",
    );
  });

  it("refuses more axes than any tensor has", () => {
    expect(() => decodeDescription(encoded.map((byte, i) => (i === 49 ? 9 : byte)))).toThrow(
      "network description: a tensor has 9 axes; at most 8 are known",
    );
  });

  it("answers any bytes with a description or a UserError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isHello) => {
        try {
          if (isHello) decodeHello(Uint8Array.of(PROTOCOL_VERSION, 0, ...bytes));
          else decodeDescription(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 3, numRuns: 1000 },
    );
  });
});
