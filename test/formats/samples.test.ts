import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { dump } from "npyjs";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { elementCount } from "../../src/base/tensor.js";
import { parseNpy } from "../../src/formats/npy.js";
import { readSamples, writeNpy } from "../../src/formats/samples.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-samples-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each test writes and reads its own x.npy or x.csv. */
function file(extension: string, content: string | Uint8Array): string {
  const path = join(folder, `x.${extension}`);
  writeFileSync(path, content);
  return path;
}

const npy = (data: Parameters<typeof dump>[0], shape: number[]): string =>
  file("npy", new Uint8Array(dump(data, shape)));

/** A version 1.0 file with the given header and data. */
function npyWithHeader(header: string, data: Uint8Array): string {
  const padded = header.padEnd(117);
  const start = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${padded}\n`, "latin1");
  return file("npy", Buffer.concat([start, data]));
}

function errorOf(act: () => unknown): { message: string; hint: string | undefined } {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError)
      return { message: error.message.replaceAll(`${folder}/`, ""), hint: error.hint };
    throw error;
  }
  throw new Error("nothing was thrown");
}
const messageOf = (act: () => unknown): string =>
  errorOf(act)
    .message.replace(/^\/\d+/, "x")
    .replace(/ \/\d+/, " x");

describe("readSamples of .npy", () => {
  it("reads [samples, ...shape] with its element type", () => {
    const path = npy(Int8Array.of(1, -2, 3, 4, 5, -128), [3, 2]);

    expect(readSamples(path, { shape: [2] })).toMatchObject({
      shape: [3, 2],
      data: Int8Array.of(1, -2, 3, 4, 5, -128),
      type: "i1",
    });
  });

  it("reads flat samples, and one sample without the outer axis, in the network's shape", () => {
    const data = new Float32Array(8);
    expect(readSamples(npy(data, [2, 4]), { shape: [2, 2, 1] }).shape).toEqual([2, 2, 2, 1]);
    expect(readSamples(npy(data, [2, 2, 2]), { shape: [2, 2, 2] }).shape).toEqual([1, 2, 2, 2]);
    expect(readSamples(npy(data, [8]), { shape: [1] }).shape).toEqual([8, 1]);
  });

  it("gives 64-bit integers as float64 and booleans as 0 and 1", () => {
    expect(readSamples(npy(BigInt64Array.of(7n, -3n) as never, [2])).data).toEqual(Float64Array.of(7, -3));
    const booleans = npyWithHeader(
      "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }",
      Uint8Array.of(1, 0),
    );
    expect(readSamples(booleans).data).toEqual(Uint8Array.of(1, 0));
  });

  it("reads what writeNpy wrote, for every shape and element type", () => {
    const arrays = fc.oneof(
      fc.int8Array(),
      fc.int32Array(),
      fc.float32Array({ noNaN: true, noDefaultInfinity: true }),
    );
    fc.assert(
      fc.property(arrays, (data) => {
        const path = join(folder, "round.npy");
        writeNpy(path, data, [data.length, 1]);
        expect(readSamples(path)).toMatchObject({ shape: [data.length, 1], data });
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  it("names both shapes when they do not fit", () => {
    const path = npy(new Float32Array(12), [3, 4]);
    expect(messageOf(() => readSamples(path, { shape: [5] }))).toBe(
      "x.npy: has shape [3, 4]; expected [samples, 5]",
    );
    expect(messageOf(() => readSamples(path, { shape: [5, 1] }))).toBe(
      "x.npy: has shape [3, 4]; expected [samples, 5, 1] or [samples, 5]",
    );
    expect(messageOf(() => readSamples(npy(new Float32Array(0), [0, 5]), { shape: [5] }))).toContain(
      "has shape [0, 5]",
    );
  });

  it("tells a truncated file by its bytes", () => {
    const whole = new Uint8Array(dump(new Float32Array(4), [2, 2]));
    expect(messageOf(() => readSamples(file("npy", whole.subarray(0, whole.length - 3))))).toBe(
      "x.npy: is cut short: f4 [2, 2] takes 16 B, the file holds 13 B",
    );
    expect(messageOf(() => readSamples(file("npy", whole.subarray(0, 20))))).toBe(
      "x.npy: is cut short: the header ends at byte 64, the file at 20",
    );
  });

  it("refuses what is no .npy file, whatever its name", () => {
    expect(errorOf(() => readSamples(file("npy", "hello, this is text"))).hint).toBe(
      "write it with numpy.save(path, array)",
    );
    expect(messageOf(() => readSamples(file("npy", "")))).toBe("x.npy: is not a .npy file");
    const later = Buffer.from(dump(Float32Array.of(1), [1]));
    later[6] = 9;
    expect(messageOf(() => readSamples(file("npy", later)))).toBe(
      "x.npy: is of version 9 of the .npy format; 1 to 3 are read",
    );
  });

  it("refuses element types it cannot read and names them", () => {
    const bigEndian = npyWithHeader(
      "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }",
      new Uint8Array(4),
    );
    expect(messageOf(() => readSamples(bigEndian))).toBe('x.npy: elements of type ">f4" are not read');
    const complex = npyWithHeader(
      "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
      new Uint8Array(8),
    );
    expect(messageOf(() => readSamples(complex))).toBe('x.npy: elements of type "c8" are not read');
  });

  it("refuses Fortran order, but not where it is the same", () => {
    const order = (shape: string): string =>
      npyWithHeader(`{'descr': '|i1', 'fortran_order': True, 'shape': (${shape}), }`, new Uint8Array(4));
    expect(messageOf(() => readSamples(order("2, 2")))).toBe(
      "x.npy: is stored column by column (Fortran order)",
    );
    expect(readSamples(order("4, 1")).shape).toEqual([4, 1]);
  });

  it("refuses a shape that is none", () => {
    const shape = (text: string): string =>
      npyWithHeader(`{'descr': '|i1', 'fortran_order': False, 'shape': (${text}), }`, new Uint8Array(4));
    expect(messageOf(() => readSamples(shape("-1, 4")))).toBe(
      "x.npy: the header has the shape [-1, 4]; expected sizes of axes",
    );
    expect(messageOf(() => readSamples(shape("4, x")))).toContain("the header has the shape [4, NaN]");
  });

  it("answers damaged files with samples or a UserError", () => {
    const whole = new Uint8Array(dump(Float32Array.of(1, 2, 3, 4), [2, 2]));
    const change = fc.tuple(
      fc.nat({ max: whole.length - 1 }),
      fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(48, 57)),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat({ max: whole.length }), (changes, cut) => {
        const bytes = Buffer.from(cut % 2 === 0 ? whole : whole.subarray(0, cut));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const { shape, data } = parseNpy(bytes, "x.npy");
          expect(data.length).toBe(elementCount(shape));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it("names the sample and element that is not finite", () => {
    const path = npy(Float32Array.of(0, 1, 2, Number.NaN), [2, 2]);
    expect(messageOf(() => readSamples(path))).toBe(
      "x.npy: sample 1, element 1 is NaN; expected a finite number",
    );
  });

  it("names a missing file and an extension it does not read", () => {
    expect(messageOf(() => readSamples(join(folder, "none.npy")))).toBe(
      "cannot read none.npy: there is no such file",
    );
    expect(messageOf(() => readSamples(file("png", "\x89PNG")))).toBe(
      'x.png: samples are read from .npy, .npz, .csv, .wav, .pcm and IDX files, not from ".png"',
    );
  });
});

describe("readSamples of IDX", () => {
  const images = Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 2, 253, 254, 255);
  const data = Uint8Array.of(0, 1, 2, 253, 254, 255);

  it.each(["images-idx3-ubyte", "idx", "bin"])("reads x.%s, by its name or how it begins", (name) => {
    expect(readSamples(file(name, images))).toMatchObject({ shape: [3, 1, 2], data, type: "u1" });
  });

  it("gives images to a network that takes them flat or with a channel, and not to one of other sizes", () => {
    const path = file("idx", images);
    expect(readSamples(path, { shape: [2] }).shape).toEqual([3, 2]);
    expect(readSamples(path, { shape: [1, 2, 1] }).shape).toEqual([3, 1, 2, 1]);
    expect(messageOf(() => readSamples(path, { shape: [3] }))).toBe(
      "x.idx: has shape [3, 1, 2]; expected [samples, 3]",
    );
  });

  it("gives each element type its name, int8 for samples that are taken as they are", () => {
    expect(readSamples(file("idx", Uint8Array.of(0, 0, 9, 1, 0, 0, 0, 2, 255, 7)))).toMatchObject({
      ...{ shape: [2], data: Int8Array.of(-1, 7), type: "i1" },
    });
    const real = Uint8Array.of(0, 0, 13, 1, 0, 0, 0, 1, 0x7f, 0xc0, 0, 0);
    expect(messageOf(() => readSamples(file("idx", real)))).toBe(
      "x.idx: sample 0, element 0 is NaN; expected a finite number",
    );
  });

  it("tells what is cut, and what is still packed", () => {
    expect(messageOf(() => readSamples(file("idx3-ubyte", images.subarray(0, 20))))).toBe(
      "x.idx3-ubyte: its header promises 3 x 1 x 2 elements, 22 bytes in all, found 20",
    );
    const packed = errorOf(() => readSamples(file("idx3-ubyte.gz", Uint8Array.of(0x1f, 0x8b, 8, 0))));
    expect(packed.hint).toBe("the file is gzipped; unpack it first");
  });
});
