import { describe, expect, it } from "vitest";
import { FlatFile, type FlatTable } from "../../src/import/flatTable.js";

/**
 * A file with one table by hand: the table's position, the identifier; at 8 its index of 6 bytes, which says that the table
 * has 8 and field 0 lies at byte 4 of it; at 16 the table, 8 bytes behind its index; at 20 field 0, which is 4 and so
 * points to byte 24; there a vector of the two numbers 7 and −1.
 */
function file(change: (view: DataView) => void = () => undefined): FlatTable {
  const bytes = new Uint8Array(36);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 16, true);
  bytes.set(Buffer.from("TEST"), 4);
  [6, 8, 4].forEach((value, index) => {
    view.setUint16(8 + 2 * index, value, true);
  });
  [8, 4, 2, 7, -1].forEach((value, index) => {
    view.setInt32(16 + 4 * index, value, true);
  });
  change(view);
  return new FlatFile("test.tflite", bytes).root("TEST");
}

const outside = (found: string, place = "model") =>
  `test.tflite: ${place} should lie within the file, found ${found}`;

describe("a table", () => {
  it("gives its fields, and the default for those behind its index's end or of offset 0", () => {
    expect(file().int32(0)).toBe(4);
    expect(file().int32s(0, 2, "numbers")).toEqual([7, -1]);
    expect(file().bytes(0, "bytes")).toEqual(Uint8Array.of(7, 0));
    expect(file().int32(1, 5)).toBe(5);
    expect(file((view) => view.setUint16(12, 0, true)).int32(0, 5)).toBe(5);
    expect(file().int32s(1, 2, "numbers")).toEqual([]);
    expect([file().has(0), file().has(1)]).toEqual([true, false]);
  });

  it.each<[string, (view: DataView) => void, string]>([
    ["lies behind the end", (view) => view.setUint32(0, 33, true), "bytes 33 to 36 of a file of 36"],
    ["has an index before the start", (view) => view.setInt32(16, 17, true), "bytes -1 to 2 of a file of 36"],
    ["has an index behind the end", (view) => view.setInt32(16, -17, true), "bytes 33 to 36 of a file of 36"],
    [
      "has an index that ends behind the end",
      (view) => view.setUint16(8, 30, true),
      "bytes 8 to 37 of a file of 36",
    ],
    ["has an index of odd size", (view) => view.setUint16(8, 5, true), "a table of 8 B with an index of 5 B"],
    ["has an index of no size", (view) => view.setUint16(8, 2, true), "a table of 8 B with an index of 2 B"],
    ["has no size", (view) => view.setUint16(10, 3, true), "a table of 3 B with an index of 6 B"],
    ["ends behind the end", (view) => view.setUint16(10, 21, true), "bytes 16 to 36 of a file of 36"],
  ])("that %s is refused", (_, change, found) => {
    expect(() => file(change)).toThrow(outside(found));
  });

  it.each<[string, (view: DataView) => void, string]>([
    [
      "lies before the table's own offset",
      (view) => view.setUint16(12, 3, true),
      "field 0 at byte 3 of a table of 8 B",
    ],
    ["ends behind the table", (view) => view.setUint16(12, 5, true), "field 0 at byte 5 of a table of 8 B"],
  ])("whose field %s is refused", (_, change, found) => {
    expect(() => file(change).int32(0)).toThrow(outside(found));
  });
});

describe("a vector", () => {
  it.each<[string, (view: DataView) => void, string]>([
    ["begins behind the end", (view) => view.setUint32(20, 13, true), "bytes 33 to 36 of a file of 36"],
    [
      "begins far behind the end",
      (view) => view.setInt32(20, -1, true),
      "bytes 4294967315 to 4294967318 of a file of 36",
    ],
    ["ends behind the end", (view) => view.setUint32(24, 3, true), "bytes 28 to 39 of a file of 36"],
    [
      "is longer than any memory",
      (view) => view.setUint32(24, 2 ** 32 - 1, true),
      "bytes 28 to 17179869207 of a file of 36",
    ],
  ])("that %s is refused", (_, change, found) => {
    expect(() => file(change).int32s(0, 10, "numbers")).toThrow(outside(found, "model's numbers"));
  });

  it("with more values than expected is refused", () => {
    expect(() => file().int32s(0, 1, "numbers")).toThrow(
      "test.tflite: model has 2 values of numbers, at most 1 are read",
    );
  });

  it("of tables leads to tables that are held to the file too", () => {
    expect(() => file().tables(0, 2, "part")).toThrow(outside("bytes 35 to 38 of a file of 36", "part 0"));
  });

  it("is read again until the file has been read four times and 4096 bytes", () => {
    const table = file();
    // of 4 · 36 + 4096 bytes, 8 go for the table
    for (let times = 0; times < (4 * 36 + 4096 - 8) / 8; times++) table.int32s(0, 2, "numbers");
    expect(() => table.int32s(0, 2, "numbers")).toThrow(
      outside("the same bytes again and again", "model's numbers"),
    );
  });
});

describe("text", () => {
  it("is UTF-8, and refused where it ends behind the end", () => {
    const hello = (view: DataView, length: number) => {
      view.setUint32(24, length, true);
      view.setUint32(28, 0x00bcc368, true); // "hü"
    };
    expect(file((view) => hello(view, 3)).text(0)).toBe("hü");
    expect(() => file((view) => hello(view, 9)).text(0)).toThrow(outside("bytes 28 to 36 of a file of 36"));
  });
});
