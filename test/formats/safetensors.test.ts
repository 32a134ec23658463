import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { readSafetensors, type StoredTensor, writeSafetensors } from "../../src/formats/safetensors.js";
import { userError } from "../train/userError.js";

const tensors = new Map<string, StoredTensor>([
  ["bias", { shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) }],
  ["weights", { shape: [2, 3], data: Int8Array.of(1, -2, 3, -128, 127, 0) }],
  ["scales", { shape: [1], data: Float64Array.of(0.1) }],
  ["real", { shape: [2], data: Float32Array.of(1.5, Number.NaN) }],
  ["empty", { shape: [0, 4], data: new Uint8Array(0) }],
]);

function file(header: string, data = ""): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, Buffer.from(header), Buffer.from(data, "hex")]);
}

describe("safetensors", () => {
  it("come back as they were written", () => {
    const read = readSafetensors(writeSafetensors(tensors), "x");
    expect(new Map([...read].sort())).toEqual(new Map([...tensors].sort()));
  });

  it("are written to the same bytes in whatever order they are given", () => {
    const reversed = new Map([...tensors].reverse());
    expect(writeSafetensors(reversed)).toEqual(writeSafetensors(tensors));
  });

  it("stand aligned, whatever their names", () => {
    const bytes = writeSafetensors(
      new Map<string, StoredTensor>([
        ["a", { shape: [1], data: Int8Array.of(1) }],
        ["b", { shape: [1], data: Float64Array.of(1) }],
      ]),
    );
    expect(Buffer.from(bytes).toString("latin1")).toContain(
      '{"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"I8","shape":[1],"data_offsets":[8,9]}}',
    );
    expect((bytes.length - 9) % 8).toBe(0);
  });

  it("have the bytes of the format", () => {
    const bytes = Buffer.from(writeSafetensors(new Map([["a", { shape: [2], data: Int8Array.of(1, -1) }]])));
    const header = '{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}   ';
    expect(bytes.toString("latin1")).toBe(`8\0\0\0\0\0\0\0${header}\x01\xff`);
  });

  it("may carry metadata, which is not read", () => {
    const header = '{"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}';
    expect(readSafetensors(file(header, "07"), "x")).toEqual(
      new Map([["a", { shape: [], data: Uint8Array.of(7) }]]),
    );
  });

  it.each([
    [Uint8Array.of(1, 2), "w: a safetensors file has at least 8 bytes, found 2"],
    [
      Buffer.from("ffffffffffffffff", "hex"),
      "w: its header should have 18446744073709551615 bytes; the file has 8 in all",
    ],
    [file("[]"), "w: header must be an object, found an array of 0"],
    [file('{"a":1}'), "w: header.a must be an object, found 1"],
    [
      file('{"a":{"dtype":"BF16","shape":[],"data_offsets":[0,2]}}'),
      'w: header.a.dtype must be one of "F64", "F32", "I32", "I16", "I8", "U8", found "BF16"',
    ],
    [
      file('{"a":{"dtype":"I8","shape":[-1],"data_offsets":[0,2]}}'),
      "w: header.a.shape[0] must be an integer 0..9007199254740991, found -1",
    ],
    [
      file('{"a":{"dtype":"I8","shape":[2],"data_offsets":[0]}}'),
      "w: header.a.data_offsets must be two numbers, found an array of 1",
    ],
    [
      file('{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,4]}}'),
      'w: tensor "a" I32 [2] has 8 bytes, found 4',
    ],
    [
      file('{"a":{"dtype":"I8","shape":[2],"data_offsets":[1,3]}}', "000102"),
      'w: tensor "a" starts at byte 1 of the data, expected 0',
    ],
    [
      file('{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}', "00"),
      'w: tensor "a" ends at byte 63; the file has 62 bytes',
    ],
    [
      file('{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}', "000000"),
      "w: the tensors end at byte 63; the file has 64 bytes",
    ],
    [
      file(
        '{"a":{"dtype":"I8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"I8","shape":[2],"data_offsets":[0,2]}}',
        "0000",
      ),
      'w: tensor "b" starts at byte 0 of the data, expected 2',
    ],
  ])("are refused when damaged, case %#", (bytes, message) => {
    expect(() => readSafetensors(bytes, "w")).toThrow(userError(message));
  });

  it("whose header is not JSON are refused", () => {
    expect(() => readSafetensors(file('{"a":'), "w")).toThrow(/^w: its header is not JSON: /);
  });

  it("answer flipped bytes and cuts with tensors or a UserError", () => {
    const whole = writeSafetensors(tensors);
    const flips = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, fc.nat({ max: whole.length }), fc.boolean(), (changes, length, cut) => {
        const bytes = Uint8Array.from(whole);
        for (const [position, bits] of changes) bytes[position] ^= bits;
        try {
          readSafetensors(cut ? bytes.subarray(0, length) : bytes, "w");
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
