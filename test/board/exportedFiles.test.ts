import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { writeExport } from "../../src/board/exportedFiles.js";
import { hashesOf, manifestName } from "../../src/board/manifest.js";
import { temporaryDirectory } from "../firmware/images.js";
import { cutAfter } from "../support/cutFiles.js";

const folder = join(temporaryDirectory(), "folder");
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

function exportOf(texts: Readonly<Record<string, string>>) {
  const files = Object.entries(texts).map(([path, data]) => ({ path, data }));
  const manifest = { format: "pinfer-project", written: hashesOf(files) };
  return [...files, { path: manifestName, data: JSON.stringify(manifest) }];
}

const read = (path: string): string => readFileSync(join(folder, path), "utf8");
const write = (path: string, text: string): void => writeFileSync(join(folder, path), text);
const first = exportOf({ "a.c": "a", "b.c": "b", "README.md": "ours" });
const second = exportOf({ "a.c": "a2", "README.md": "ours 2" });

describe("an export into a folder", () => {
  it("replaces what an earlier one wrote, and removes what it left out", () => {
    writeExport(folder, first);
    write("mine.txt", "mine");
    writeExport(folder, second);
    expect(["a.c", "README.md", "mine.txt"].map(read)).toEqual(["a2", "ours 2", "mine"]);
    expect(existsSync(join(folder, "b.c"))).toBe(false);
  });

  it("takes the compiled files for its own where an older export listed no others", () => {
    const [compiled, others] = [first.slice(0, 2), first.slice(2, -1)];
    for (const { path, data } of [...compiled, ...others]) write(path, data);
    write(manifestName, JSON.stringify({ format: "pinfer-firmware", files: hashesOf(compiled) }));
    expect(() => writeExport(folder, second)).toThrow(`${folder} has README.md, which the export`);
    rmSync(join(folder, "README.md"));
    writeExport(folder, second);
    expect(read("a.c")).toBe("a2");
  });

  it("leaves alone what somebody changed and it does not need", () => {
    writeExport(folder, first);
    write("b.c", "mine now");
    writeExport(folder, second);
    expect(read("b.c")).toBe("mine now");
  });

  it("replaces nothing that somebody wrote or changed, and says what", () => {
    write("README.md", "mine");
    const refusal = (names: string, rest: string, hint: string) =>
      expect.objectContaining({
        message: `${folder} has ${names}, which the export would replace; pinfer did not write ${rest} changed since`,
        hint: `${hint}, or choose another folder with -o`,
      });
    expect(() => writeExport(folder, first)).toThrow(
      refusal("README.md", "it, or it was", "move or delete it"),
    );
    expect(existsSync(join(folder, "a.c"))).toBe(false);
    rmSync(join(folder, "README.md"));
    writeExport(folder, first);
    write("README.md", "changed");
    write("a.c", "changed");
    expect(() => writeExport(folder, second)).toThrow(
      refusal("a.c, README.md", "them, or they were", "move or delete them"),
    );
    expect(["a.c", "b.c", "README.md"].map(read)).toEqual(["changed", "b", "changed"]);
  });

  it("names the first four of many", () => {
    const many = exportOf(Object.fromEntries(["1", "2", "3", "4", "5", "6"].map((name) => [name, name])));
    for (const { path } of many.slice(0, -1)) write(path, "mine");
    expect(() => writeExport(folder, many)).toThrow(" has 1, 2, 3, 4 and 2 more, which");
  });

  it("does not mind a file that is what it would write", () => {
    write("README.md", "ours");
    writeExport(folder, first);
    expect(read("a.c")).toBe("a");
  });

  it.each(["{}", "no JSON", '{"format":"other","written":{}}'])(
    "takes no pinfer.json for ours that says %s",
    (text) => {
      write(manifestName, text);
      expect(() => writeExport(folder, first)).toThrow(`${folder} has ${manifestName}, which`);
    },
  );

  it("goes on over one that was cut anywhere", () => {
    for (let calls = 0, isCut = true; isCut; calls++) {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      writeExport(folder, first);
      isCut = cutAfter(calls, () => writeExport(folder, second));
      const wasCut = isCut;
      writeExport(folder, first);
      expect([wasCut, ...["a.c", "b.c", "README.md"].map(read)]).toEqual([wasCut, "a", "b", "ours"]);
    }
  });
});
