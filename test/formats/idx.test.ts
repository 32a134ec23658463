import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { parseIdx } from "../../src/formats/idx.js";
import { userError } from "../train/userError.js";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

describe("parseIdx", () => {
  it("reads bytes with their shape", () => {
    const { shape, data } = parseIdx(bytes("0000 08 02 00000002 00000003 00 01 02 fd fe ff"), "x");
    expect(shape).toEqual([2, 3]);
    expect(data).toEqual(Uint8Array.of(0, 1, 2, 253, 254, 255));
  });

  it.each([
    ["int8", "0000 09 01 00000002 ff 7f", Int8Array.of(-1, 127)],
    ["int16", "0000 0b 01 00000002 fffe 0102", Int16Array.of(-2, 258)],
    ["int32", "0000 0c 01 00000001 fffffffd", Int32Array.of(-3)],
    ["float32", "0000 0d 01 00000001 3fc00000", Float32Array.of(1.5)],
    ["float64", "0000 0e 01 00000001 3ff8000000000000", Float64Array.of(1.5)],
  ])("reads big-endian %s", (_, hex, expected) => {
    expect(parseIdx(bytes(hex), "x").data).toEqual(expected);
  });

  it.each([
    ["0000", "digits: an IDX file has at least 4 bytes, found 2"],
    ["89504e47", "digits: an IDX file starts with 0000 and a type 08, 09 or 0b to 0e, found 89504e47"],
    [
      "0000 0a 01 00000000",
      "digits: an IDX file starts with 0000 and a type 08, 09 or 0b to 0e, found 00000a01",
    ],
    ["0000 08 02 00000001", "digits: an IDX header of rank 2 has 12 bytes, found 8"],
    ["0000 08 01 00000003 0102", "digits: its header promises 3 elements, 11 bytes in all, found 10"],
    ["0000 08 01 00000001 0102", "digits: its header promises 1 elements, 9 bytes in all, found 10"],
    [
      "0000 08 02 ffffffff ffffffff",
      "digits: its header promises 4294967295 x 4294967295 elements, 18446744065119617000 bytes in all, found 12",
    ],
  ])("refuses %s", (hex, message) => {
    expect(() => parseIdx(bytes(hex), "digits")).toThrow(userError(message));
  });

  it("tells a gzipped file", () => {
    const gzipped = () => parseIdx(bytes("1f8b0800"), "digits");
    expect(gzipped).toThrow(expect.objectContaining({ hint: "the file is gzipped; unpack it first" }));
  });

  it("answers any bytes with data or a UserError", () => {
    const header = fc.tuple(
      fc.constantFrom(0, 0, 0, 1),
      fc.constantFrom(8, 9, 11, 12, 13, 14, 77),
      fc.nat({ max: 3 }),
    );
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 40 }), ([zero, type, rank], rest) => {
        try {
          parseIdx(Uint8Array.of(zero, 0, type, rank, ...rest), "x");
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
