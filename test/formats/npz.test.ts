import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { strToU8, zipSync } from "fflate";
import { dump } from "npyjs";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { parseNpz, splitArrayName } from "../../src/formats/npz.js";
import { readSamples } from "../../src/formats/samples.js";
import { userError } from "../train/userError.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-npz-"));
afterAll(() => rmSync(folder, { recursive: true }));

const npy = (data: Parameters<typeof dump>[0], shape: number[]) => new Uint8Array(dump(data, shape));
const one = { "x.npy": npy(Float32Array.of(1, 2, 3, 4), [2, 2]) };
const two = { ...one, "y.npy": npy(Uint8Array.of(7, 9), [2]) };

/** numpy.savez_compressed(file, x=numpy.arange(3, dtype="int16"), y=numpy.zeros(2)), NumPy 2.4. */
const fromNumpy = [
  "UEsDBC0AAAAIAAAAIQBqz/JR//////////8FABQAeC5ucHkBABAAhgAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc",
  "pG6loG6TaaSuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GBkYGJgYAUEsDBC0AAAAIAAAAIQBu",
  "mbIo//////////8FABQAeS5ucHkBABAAkAAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9U",
  "UpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC4GNAAAUEsBAi0DLQAAAAgAAAAhAGrP8lFKAAAAhgAAAAUAAAAA",
  "AAAAAAAAAIABAAAAAHgubnB5UEsBAi0DLQAAAAgAAAAhAG6ZsihHAAAAkAAAAAUAAAAAAAAAAAAAAIABgQAAAHkubnB5UEsF",
  "BgAAAAACAAIAZgAAAP8AAAAAAA==",
].join("");

function readOrRefuse(archive: Uint8Array, array: string) {
  try {
    return parseNpz(archive, "a.npz", array);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return undefined;
  }
}

describe("parseNpz", () => {
  it("reads stored and deflated arrays by name", () => {
    for (const level of [0, 9] as const) {
      const archive = zipSync(two, { level });
      expect(parseNpz(archive, "a.npz", "x")).toEqual({
        shape: [2, 2],
        data: Float32Array.of(1, 2, 3, 4),
        type: "f4",
      });
      expect(parseNpz(archive, "a.npz", "y").data).toEqual(Uint8Array.of(7, 9));
    }
  });

  it("reads what NumPy wrote", () => {
    const archive = Buffer.from(fromNumpy, "base64");
    expect(parseNpz(archive, "a.npz", "x")).toEqual({ shape: [3], data: Int16Array.of(0, 1, 2), type: "i2" });
    expect(parseNpz(archive, "a.npz", "y").data).toEqual(Float64Array.of(0, 0));
  });

  it("needs no name when there is one array", () => {
    expect(parseNpz(zipSync({ ...one, "notes.txt": strToU8("hello") }), "a.npz").shape).toEqual([2, 2]);
  });

  it("lists the arrays when none or another is named", () => {
    expect(() => parseNpz(zipSync(two), "a.npz")).toThrow(
      userError("a.npz: has the arrays x, y; expected one"),
    );
    const wrong = () => parseNpz(zipSync(two), "a.npz", "z");
    expect(wrong).toThrow(userError('a.npz: has the arrays x, y, no "z"'));
    expect(wrong).toThrow(expect.objectContaining({ hint: "name one: a.npz:x" }));
    expect(() => parseNpz(zipSync({}), "a.npz")).toThrow(userError("a.npz: has no arrays; expected one"));
  });

  it("names the array whose content is damaged", () => {
    const cut = zipSync({ "x.npy": one["x.npy"].subarray(0, 66) });
    expect(() => parseNpz(cut, "a.npz")).toThrow(
      userError("a.npz:x: is cut short: f4 [2, 2] takes 16 B, the file holds 2 B"),
    );
  });

  it("refuses what is no archive", () => {
    expect(() => parseNpz(strToU8("x".repeat(100)), "a.npz")).toThrow(
      userError("a.npz: is no whole .npz file: it has no end of a zip archive"),
    );
    expect(() => parseNpz(new Uint8Array(0), "a.npz")).toThrow(UserError);
  });

  it("unpacks no more than a deflated byte can hold", () => {
    const archive = zipSync(one, { level: 9 });
    const directory = Buffer.from(archive).indexOf(Buffer.from("PK\x01\x02", "latin1"));
    new DataView(archive.buffer).setUint32(directory + 24, 2 ** 30, true);
    expect(() => parseNpz(archive, "a.npz")).toThrow(/x\.npy cannot unpack from \d+ B to 1073741824 B$/);
  });

  it.each([0, 9] as const)(
    "gives the numbers that were written or none, whichever bit is flipped: level %i",
    (level) => {
      const archive = Buffer.from(zipSync(two, { level }));
      const refused = { count: 0 };
      for (let bit = 0; bit < 8 * archive.length; bit++) {
        const damaged = Buffer.from(archive);
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        const read = readOrRefuse(damaged, "x");
        if (read === undefined) refused.count += 1;
        else expect({ bit, data: read.data }).toEqual({ bit, data: Float32Array.of(1, 2, 3, 4) });
      }
      // those of its own content, at the least
      expect(refused.count).toBeGreaterThan(8 * (level === 0 ? one["x.npy"].length : 50));
    },
  );

  it("names both checksums when they differ", () => {
    const archive = Buffer.from(zipSync(one, { level: 0 }));
    archive[archive.indexOf(Buffer.from(Float32Array.of(3).buffer)) + 3]! ^= 1;
    expect(() => parseNpz(archive, "a.npz")).toThrow(
      /^a\.npz: is no whole \.npz file: x\.npy has the CRC-32 [0-9a-f]{8}, expected [0-9a-f]{8}$/,
    );
  });

  it.each([
    [42, 6, "x.npy does not begin at byte 6"],
    [10, 12, "x.npy is packed by method 12; stored \\(0\\) and deflated \\(8\\) are read"],
    [8, 1, "it is encrypted"],
  ])("tells what it does not read: byte %i of the directory is %i", (at, value, message) => {
    const archive = Buffer.from(zipSync(one));
    const directory = archive.indexOf("PK\x01\x02", 0, "latin1");
    archive[directory + at] = value;
    expect(() => parseNpz(archive, "a.npz")).toThrow(new RegExp(`${message}$`));
  });

  it("answers damaged archives with data or a UserError", () => {
    const archive = zipSync(two, { level: 9 });
    const damage = fc.array(fc.tuple(fc.nat({ max: archive.length - 1 }), fc.nat({ max: 255 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(damage, fc.nat({ max: archive.length }), fc.boolean(), (changes, length, isCut) => {
        const bytes = archive.slice(0, isCut ? length : undefined);
        for (const [at, value] of changes) bytes[Math.min(at, bytes.length - 1)] = value;
        try {
          parseNpz(bytes, "a.npz", "x");
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { seed: 1, numRuns: 3000 },
    );
  });
});

describe("a path", () => {
  it("may name an array of a .npz file, and no other file's", () => {
    expect(splitArrayName("a/digits.npz:x_test")).toEqual({ file: "a/digits.npz", array: "x_test" });
    expect(splitArrayName("C:\\digits.npz")).toEqual({ file: "C:\\digits.npz", array: undefined });
    expect(splitArrayName("a:b.npy")).toEqual({ file: "a:b.npy", array: undefined });
  });

  it("with an array's name is read by readSamples", () => {
    const path = join(folder, "two.npz");
    writeFileSync(path, zipSync(two));
    expect(readSamples(`${path}:x`, { shape: [2] }).shape).toEqual([2, 2]);
    expect(() => readSamples(path)).toThrow(userError(`${path}: has the arrays x, y; expected one`));
  });
});
