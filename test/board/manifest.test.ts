import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeExport } from "../../src/board/exportedFiles.js";
import {
  acceptChanges,
  type FirmwareManifest,
  hashesOf,
  manifestName,
  printManifest,
  readManifest,
  readWholeManifest,
  sha256,
} from "../../src/board/manifest.js";
import { cutAfter } from "../support/cutFiles.js";
import { userError } from "../train/userError.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-manifest-"));
  mkdirSync(join(folder, "firmware"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An export of a network: files that name it, and the manifest. */
function exportOf(network: string) {
  const compiled = ["network.h", "network.c", "firmware/main.c"].map((path) => ({
    path,
    data: `${path} ${network}`,
  }));
  const makefile = { path: "Makefile", data: network };
  const manifest: FirmwareManifest = {
    ...{ format: "pinfer-firmware", version: 2, board: "host", optimize: "speed" },
    network: { name: network, hash: "0".repeat(64) },
    sizes: { tables: 1, arena: 1, input: 1, output: 1 },
    files: hashesOf(compiled),
    written: hashesOf([...compiled, makefile]),
  };
  return { manifest, files: [...compiled, makefile, { path: manifestName, data: printManifest(manifest) }] };
}

describe("an exported folder", () => {
  const [older, newer] = ["older", "newer"].map(exportOf);

  it("is the old one, the new one or none, wherever an export over it was killed", () => {
    const outcomes: Record<string, number> = { older: 0, newer: 0, refused: 0 };
    for (let calls = 0, isCut = true; isCut; calls++) {
      writeExport(folder, older.files);
      isCut = cutAfter(calls, () => writeExport(folder, newer.files));
      let found = "refused";
      try {
        found = readWholeManifest(folder).network.name;
        for (const path of ["network.h", "network.c", "firmware/main.c"])
          expect(readFileSync(join(folder, path), "utf8"), `after ${calls} calls`).toBe(`${path} ${found}`);
      } catch (error) {
        expect(error).toEqual(
          userError(`an export into ${folder} was interrupted: its files do not belong together`),
        );
      }
      outcomes[found] += 1;
    }
    expect(outcomes.older).toBeGreaterThan(6 * 3); // six files opened, written, flushed
    expect(outcomes.refused).toBe(5); // from the first rename on until the last
    expect(outcomes.newer).toBeGreaterThan(0);
  });

  it("is taken with changes only when told, and again not with later ones", () => {
    writeExport(folder, older.files);
    const file = join(folder, "firmware", "main.c");
    const refusal = expect.objectContaining({
      message: `${file} is not as it was exported: its SHA-256 is not the one in pinfer.json`,
      hint: `delete it and export again; if you changed it, \`pinfer build ${folder} --changed\` takes all files as they are`,
    });
    writeFileSync(file, "mine");
    expect(() => readWholeManifest(folder)).toThrow(refusal);
    acceptChanges(folder);
    expect(readWholeManifest(folder)).toEqual({
      ...older.manifest,
      files: { ...older.manifest.files, "firmware/main.c": sha256("mine") },
    });
    writeFileSync(file, "mine too");
    expect(() => readWholeManifest(folder)).toThrow(refusal);
    rmSync(file);
    expect(() => readWholeManifest(folder)).toThrow(userError(`${file} is missing: pinfer.json tells of it`));
    writeExport(folder, newer.files);
    writeFileSync(join(folder, "Makefile"), "change it as you like");
    expect(readWholeManifest(folder)).toEqual(newer.manifest);
  });

  it.each([["../secret"], ["/etc/passwd"], ["a/../../b"], [".hidden"], [""], ["a//b"]])(
    "names no file outside: %s",
    (path) => {
      const damaged = { ...older.manifest, files: { [path]: "0".repeat(64) } };
      writeFileSync(join(folder, manifestName), printManifest(damaged));
      expect(() => readManifest(folder)).toThrow(/pinfer\.json is damaged, or of another version of pinfer$/);
    },
  );
});
