import { describe, expect, it } from "vitest";
import { openKept, sealKept } from "../../src/base/keptFile.js";
import { countAccepted } from "../support/flipBits.js";
import { userError } from "../train/userError.js";

const kind = { format: "pinfer comparison", version: 3 };
const open = (file: Buffer) => openKept(kind, file, "a.state", "remove it");

describe("a file that is kept to go on from", () => {
  it("says in its first line what it is, its version and the SHA-256 of the rest", () => {
    const file = sealKept(kind, "hello\n");
    expect(file.toString()).toBe(
      '{"format":"pinfer comparison","version":3,"sha256":' +
        '"5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"}\nhello\n', // sha256sum
    );
    expect(open(file).toString()).toBe("hello\n");
    expect(open(sealKept(kind, Uint8Array.of(10, 0))).equals(Uint8Array.of(10, 0))).toBe(true);
  });

  it("is refused whichever bit is flipped", () => {
    const file = sealKept(kind, '{"done":{"samples":3}}\n');
    for (let bit = 0; bit < 8 * file.length; bit++) {
      const damaged = Buffer.from(file);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => open(damaged), `bit ${bit}`).toThrow(expect.objectContaining({ hint: "remove it" }));
    }
    expect(countAccepted(file, 100, open)).toBe(0);
  });

  it("is refused where it is cut, and with more behind it", () => {
    const file = sealKept(kind, "hello\n");
    for (let bytes = 0; bytes < file.length; bytes++) expect(() => open(file.subarray(0, bytes))).toThrow();
    expect(() => open(Buffer.concat([file, Buffer.from("x")]))).toThrow(
      userError("a.state is damaged: its SHA-256 is not the one in its first line"),
    );
  });

  it.each([
    [
      "of another version",
      sealKept({ ...kind, version: 4 }, ""),
      "a.state is of version 4; this pinfer reads version 3",
    ],
    [
      "another file",
      sealKept({ ...kind, format: "b" }, ""),
      /^a\.state is no pinfer comparison: its first line/,
    ],
    [
      "something else",
      Buffer.from("null\n"),
      /^a\.state is no pinfer comparison: its first line does not say so$/,
    ],
    ["without end of its first line", Buffer.alloc(1000, "x"), /^a\.state is no pinfer comparison/],
  ])("says so when it is %s", (_, file, message) => {
    expect(() => open(file)).toThrow(message);
  });
});
