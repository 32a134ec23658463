import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expectWritable, readBytes, writeFilesAtomically } from "../../src/base/files.js";
import { formatJson } from "../../src/base/json.js";
import { makeTemporaryFolder } from "../../src/base/temporaries.js";

const temporaries = new URL("../../dist/src/base/temporaries.js", import.meta.url).href;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("files written together", () => {
  it("replace what was there", () => {
    const path = join(folder, "a");
    writeFileSync(path, "old and longer");
    writeFilesAtomically([
      { path, data: "new" },
      { path: join(folder, "b"), data: Uint8Array.of(1, 2) },
    ]);
    expect(readFileSync(path, "utf8")).toBe("new");
    expect([...readFileSync(join(folder, "b"))]).toEqual([1, 2]);
    expect(readdirSync(folder)).toEqual(["a", "b"]);
  });

  it("stay as they were when one of them cannot be written", () => {
    const path = join(folder, "a");
    writeFileSync(path, "old");
    const elsewhere = join(folder, "none", "b");
    const write = () =>
      writeFilesAtomically([
        { path, data: "new" },
        { path: elsewhere, data: "" },
      ]);
    expect(write).toThrow(`cannot write ${path}, ${elsewhere}: ENOENT`);
    expect(readFileSync(path, "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a"]);
  });
});

describe("a file that cannot be written", () => {
  const long = "n".repeat(256);

  it.each([
    ["is a folder", "sub", /^cannot write .*sub: it is a folder$/, "choose another name"],
    ["is a pipe", "pipe", /^cannot write .*pipe: it is no ordinary file$/, "choose another name"],
    ["has too long a name", long, /^cannot write .*n: ENAMETOOLONG: name too long/, "choose a shorter name"],
    ["has no folder", "none/a", /^cannot write .*none.a: ENOENT/, /^check that the folder exists/],
  ])("is told before work and when it is written: it %s", (_, name, message, hint) => {
    mkdirSync(join(folder, "sub"));
    spawnSync("mkfifo", [join(folder, "pipe")]);
    writeFileSync(join(folder, "a"), "old");
    const path = join(folder, name);
    const refusal = expect.objectContaining({
      name: "UserError",
      message: expect.stringMatching(message),
      hint: typeof hint === "string" ? hint : expect.stringMatching(hint),
    });
    expect(() => expectWritable(path)).toThrow(refusal);
    const together = [join(folder, "a"), path].map((each) => ({ path: each, data: "new" }));
    expect(() => writeFilesAtomically([together[1]])).toThrow(refusal);
    expect(() => writeFilesAtomically(together)).toThrow(/^cannot write /);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("old");
    expect(readdirSync(folder)).toEqual(["a", "pipe", "sub"]);
  });

  // a folder that not even root can make files in
  it.runIf(process.platform === "linux")("is told: its folder takes no files", () => {
    const refusal = expect.objectContaining({
      name: "UserError",
      message: expect.stringMatching(/^cannot write \/proc\/a: (ENOENT|EACCES)/),
    });
    expect(() => expectWritable("/proc/a")).toThrow(refusal);
    expect(() => writeFilesAtomically([{ path: "/proc/a", data: "" }])).toThrow(refusal);
  });

  it("is told: its folder is a file", () => {
    writeFileSync(join(folder, "file"), "");
    const refusal = expect.objectContaining({
      name: "UserError",
      message: expect.stringMatching(/^cannot write .*file.a: ENOTDIR/),
    });
    expect(() => expectWritable(join(folder, "file", "a"))).toThrow(refusal);
    expect(() => writeFilesAtomically([{ path: join(folder, "file", "a"), data: "" }])).toThrow(refusal);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it("may have the longest name that there is, and leaves nothing", () => {
    const path = join(folder, "n".repeat(255));
    expectWritable(path);
    expect(readdirSync(folder)).toEqual([]);
    writeFilesAtomically([{ path, data: "a" }]);
    expectWritable(path); // what is there stays
    expect(readFileSync(path, "utf8")).toBe("a");
    expect(readdirSync(folder)).toHaveLength(1);
  });
});

describe("what a killed process left", () => {
  /** Starts a process that leaves temporary names as pinfer makes them, and is over. */
  function leaveBehind(): void {
    const code =
      `const { temporaryPath, makeTemporaryFolder } = await import(${JSON.stringify(temporaries)});` +
      `const { writeFileSync } = await import("node:fs");` +
      `writeFileSync(temporaryPath(${JSON.stringify(join(folder, "a.json"))}, 0), "half");` +
      `writeFileSync(makeTemporaryFolder() + "/image", "half");`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
      env: { ...process.env, TMPDIR: folder },
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  }

  it("is removed by the next that writes there, and by the next that needs such a folder", () => {
    leaveBehind();
    const left = readdirSync(folder);
    expect(left).toEqual([
      expect.stringMatching(/^\.a\.json\.[0-9a-f]{4}-\d+-0\.tmp$/),
      expect.stringMatching(/^pinfer-[0-9a-f]{4}-\d+-\w{6}$/),
    ]);
    const others = [".a.json.1234.tmp", ".ffff-1-0.tmp", left[0].replace(/-\d+-/, `-${process.pid}-`)];
    for (const name of others) writeFileSync(join(folder, name), "");
    writeFilesAtomically([{ path: join(folder, "b"), data: "" }]);
    expect(readdirSync(folder).sort()).toEqual([...others, "b", left[1]].sort());

    vi.stubEnv("TMPDIR", folder);
    const made = makeTemporaryFolder();
    expect(readdirSync(folder).sort()).toEqual([...others, "b", basename(made)].sort());
    vi.unstubAllEnvs();
  });

  it("on another computer is removed when it is old: nobody is asked there", () => {
    const [young, old] = ["1", "2"].map((pid) => `.a.ffff-${pid}-0.tmp`);
    for (const name of [young, old]) writeFileSync(join(folder, name), "");
    utimesSync(join(folder, old), 0, 0);
    writeFilesAtomically([{ path: join(folder, "b"), data: "" }]);
    expect(readdirSync(folder)).toEqual([young, "b"]);
  });
});

describe("a file that is read", () => {
  it.each([
    ["a folder", ".", /is a folder$/],
    ["a pipe", "pipe", /pipe is no ordinary file$/],
    ["a device without end", "zero", /zero is no ordinary file$/],
    ["too large", "large", /large: 2000000000 B; at most 1073741824 B are read$/],
    ["not there", "none", /^cannot read the model .*none: there is no such file$/],
  ])("is refused when it is %s", (_, name, message) => {
    spawnSync("mkfifo", [join(folder, "pipe")]);
    symlinkSync("/dev/zero", join(folder, "zero"));
    writeFileSync(join(folder, "large"), "");
    truncateSync(join(folder, "large"), 2e9);
    const refusal = expect.objectContaining({ name: "UserError", message: expect.stringMatching(message) });
    expect(() => readBytes(join(folder, name), undefined, "the model")).toThrow(refusal);
  });
});

describe("formatJson", () => {
  it("keeps arrays of plain values on one line, and leaves out what is undefined", () => {
    const value = { a: [1, "x", null], b: [{ c: true }, []], d: undefined, e: {} };
    expect(formatJson(value)).toBe(`{
  "a": [1, "x", null],
  "b": [
    {
      "c": true
    },
    []
  ],
  "e": {}
}
`);
    expect(JSON.parse(formatJson(value))).toEqual(value);
  });

  it("refuses what JSON would turn into null", () => {
    expect(() => formatJson([Number.NaN])).toThrow("JSON has no NaN");
  });
});
