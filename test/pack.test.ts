import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installTarball, runInstalled } from "../scripts/checkPack.mjs";

const folder = mkdtempSync(join(tmpdir(), "pinfer-pack-"));
let project: string;
beforeAll(() => {
  project = installTarball(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the packed package, installed in an empty folder", () => {
  it("runs its command line", () => {
    expect(runInstalled(project, ["--help"])).toContain("Usage: pinfer");
    expect(JSON.parse(runInstalled(project, ["boards", "--json"])).boards.length).toBeGreaterThan(1);
  });

  it("trains its example and exports it: the generator finds the kernels' sources", () => {
    runInstalled(project, [
      "train",
      "node_modules/pinfer/examples/street-light/experiment.ts",
      "-o",
      "model.json",
    ]);
    runInstalled(project, [
      "export-firmware",
      "model.json",
      "--board",
      "olimex-stm32-h405",
      "-o",
      "firmware",
    ]);

    expect(runInstalled(project, ["summary", "model.json"])).toContain("total");
    expect(readFileSync(join(project, "firmware", "network.c"), "utf8")).toContain("network_run");
  });

  it("begins a project, as docs/starter.md shows it", () => {
    const printed = runInstalled(project, ["init", "my-sensor"]);
    const page = readFileSync(new URL("../docs/starter.md", import.meta.url), "utf8");
    expect(page).toContain(`$ npx pinfer init my-sensor\n${printed}\`\`\`\n`);
    for (const path of printed.match(/^ {2}\S+\.\w+$/gm)!) {
      expect([path, existsSync(join(project, "my-sensor", path.trim()))]).toEqual([path, true]);
    }

    // its own node_modules is missing, as before npm install; the loader needs none
    runInstalled(project, ["train", "my-sensor/experiment.ts", "-o", "my-sensor/model.json"]);
    expect(existsSync(join(project, "my-sensor/model.json"))).toBe(true);
  });

  it("holds what the generator reads: the kernels' sources and the firmware", () => {
    const holds = (path: string): boolean => existsSync(join(project, "node_modules", "pinfer", path));
    expect(
      [
        "src/kernels/fullyConnected.ts",
        "firmware/main.c",
        "docs/layers.md",
        "DESIGN.md",
        "dist/src/cli/main.js",
        "dist/src/train/engine/kernels.wasm",
        "dist/src/cycles/blockCounts.c",
      ].filter((path) => !holds(path)),
    ).toEqual([]);
    expect(["test", "scripts", "assembly", "bench", "src/cli", "dist/.tsbuildinfo"].filter(holds)).toEqual(
      [],
    );
  });
});
