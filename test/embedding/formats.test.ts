import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ExportedProject, exportProject } from "../../codegen/formats/exportProject.js";
import type { ExportedFile } from "../../codegen/networkFiles.js";
import { nameAfter } from "../../codegen/networkNames.js";
import { findBoard } from "../../src/board/boards.js";
import { manifestName, readManifest, sha256 } from "../../src/board/manifest.js";
import { projectFormats } from "../../src/board/projectFormats.js";
import { writeModel } from "../../src/model/modelFile.js";
import { pinfer } from "../cli/pinfer.js";
import { blocksOf, readPage } from "../docs/pages.js";
import { temporaryDirectory } from "../firmware/images.js";
import { columnsNetwork, columnsPins, xorNetwork } from "./networks.js";

const textOf = ({ data }: ExportedFile): string => Buffer.from(data).toString();
const readmeOf = ({ files }: ExportedProject): string =>
  Buffer.from(files.find(({ path }) => path === "README.md")!.data).toString();
const nameOf = (path: string): string => path.replace(/.*\//, "");

/** No name of a network ends a line of ours, or a comment, a string or a tag of anyone's. */
const network = { ...columnsNetwork, name: '*/ "\\ ]]> <x>&\n#evil: $(y)\r\u0085\u202e' };
/** Two moments of three channels, on pins. */
const pins = { map: columnsPins, board: findBoard("nucleo-f446re") };
const plain = exportProject(network, { format: "plain", name: "gesture", pins });
const cOf = ({ files }: typeof plain) =>
  Object.fromEntries(
    files.filter(({ path }) => /\.[ch]$/.test(path)).map((file) => [nameOf(file.path), textOf(file)]),
  );

describe.each(projectFormats)("a network exported for %s", (format) => {
  const exported = exportProject(network, { format, name: "gesture", pins });
  const { files, manifest } = exported;
  const written = files.slice(0, -1);
  const readme = readmeOf(exported);

  it("has the same C as any other, and no firmware", () => {
    expect(cOf(exported)).toEqual(cOf(plain));
    expect(Object.keys(cOf(exported))).toEqual([
      "gesture.h",
      "gesture_pins.h",
      "gesture.c",
      "gesture_pins.c",
    ]);
    expect(files.filter(({ path }) => path.startsWith("firmware/"))).toEqual([]);
  });

  it("has a README.md that names every file, and says in three steps or fewer how it comes into a project", () => {
    const named = [...readme.matchAll(/`([\w./-]+)`(?=[,\w ./`-]*\|)/g)].map(([, file]) => file!);
    for (const { path } of files.filter(({ path }) => path !== "README.md")) expect(named).toContain(path);
    const [, steps] = /\n## In (?:a|an|any) .*\n\n((?:\d\. .*\n)+)/.exec(readme)!;
    expect(steps!.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  });

  it("has a manifest of all its files, the last to be written", () => {
    const last = files.at(-1)!;
    expect(last.path).toBe(manifestName);
    expect(JSON.parse(textOf(last))).toEqual(manifest);
    expect(manifest.layout).toBe(format);
    expect(manifest.written).toEqual(
      Object.fromEntries(written.map((file) => [file.path, sha256(file.data)])),
    );
  });

  it("keeps a hostile name of the network in its lines", () => {
    for (const { path, data } of written) {
      if (typeof data !== "string") continue;
      expect([path, /^\s*#?evil|[\r\u0085\u202e]/m.exec(data)]).toEqual([path, null]);
    }
  });
});

describe("docs/formats.md", () => {
  const page = readPage("docs/formats.md");

  it("has the formats that there are, and no other", () => {
    const rows = [...page.matchAll(/^\| `([a-z][a-z-]*)` \|/gm)].map(([, format]) => format);
    expect(rows.sort()).toEqual([...projectFormats].sort());
  });

  it.each(projectFormats)("shows what a README.md of the format shows: %s", (format) => {
    const [, language, lines] = /^1\. [\s\S]*?^```(\w*)\n([\s\S]*?)^```$/m.exec(
      readmeOf(exportProject(xorNetwork, { format, name: "gesture" })),
    )!;
    expect(blocksOf(page)).toContainEqual({ title: language, text: lines });
  });
});

describe("the command line", () => {
  it("writes a format into a folder called as the network, and names the formats where there is none such", () => {
    const folder = temporaryDirectory();
    writeModel(join(folder, "model.json"), {
      network: undefined,
      quantized: { ...xorNetwork, name: "Gate 1" },
      training: {},
    });
    const { code, stdout, stderr } = pinfer(
      ["export-firmware", "model.json", "--format", "cmake", "--json"],
      {
        cwd: folder,
      },
    );
    expect([code, stderr]).toEqual([0, ""]);
    const told = JSON.parse(stdout) as Record<string, unknown>;
    expect(told).toMatchObject({ folder: "gate_1", layout: "cmake", name: "gate_1", optimize: "speed" });
    for (const path of told.files as string[]) expect(existsSync(join(folder, "gate_1", path))).toBe(true);
    const unknown = pinfer(["export-firmware", "model.json", "--format", "make"]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain(`Allowed choices are ${projectFormats.join(", ")}.`);
    expect(() => readManifest(join(folder, "gate_1"))).toThrow(
      expect.objectContaining({
        message: `${join(folder, "gate_1")} holds a network for others' tools and no firmware`,
        hint: "its README.md says how they build it; `pinfer export-firmware model.json` without --format makes firmware",
      }),
    );
    const dut = pinfer(["export-firmware", "model.json", "--format", "plain", "--dut"], { cwd: folder });
    expect(dut.stderr).toBe(
      "error: --dut is about firmware; --format plain writes none\nhint: leave out one of the two\n",
    );
  });
});

describe("a network without a name in C", () => {
  it("is called as it is called", () => {
    expect(["Street light", "xor", "kws-2", "3 lamps"].map(nameAfter)).toEqual([
      ...["street_light", "xor", "kws_2", "lamps"],
    ]);
    expect(exportProject(xorNetwork, { format: "plain" }).manifest.name).toBe("xor");
  });

  it.each(["数字", "math", "a".repeat(25)])("needs one where its own gives none: %s", (name) => {
    expect(() => nameAfter(name)).toThrow(
      expect.objectContaining({
        message: `network "${name}" needs a name for C: its own makes none of at most 24 letters that is free`,
        hint: "for example --name gesture",
      }),
    );
  });
});

describe("a board that is named", () => {
  const small = (change: object) => ({ ...findBoard("stm32vldiscovery"), ...change });

  it("must have the flash for the tables, and the RAM for the arena", () => {
    const options = { format: "plain" } as const;
    expect(() =>
      exportProject(xorNetwork, { ...options, board: findBoard("stm32vldiscovery") }),
    ).not.toThrow();
    expect(() => exportProject(xorNetwork, { ...options, board: small({ flashBytes: 4 }) })).toThrow(
      /^network "xor" needs \d+ B of flash for its tables; board "stm32vldiscovery" has 4 B$/,
    );
    expect(() => exportProject(xorNetwork, { ...options, board: small({ ramBytes: 1 }) })).toThrow(
      /^network "xor" needs \d+ B of RAM for its arena; board "stm32vldiscovery" has 1 B$/,
    );
  });
});
