import { spawnSync } from "node:child_process";
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyDependencies } from "../../scripts/checkPack.mjs";
import { packageRoot, packageVersion } from "../../src/base/packageRoot.js";
import type { Board } from "../../src/board/board.js";
import { boards } from "../../src/board/boards.js";
import { readModel } from "../../src/model/modelFile.js";
import { onlyInput } from "../../src/network/ports.js";
import { quantizationOf } from "../../src/network/quantization.js";
import { planPins } from "../../src/pins/planPins.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { pinfer } from "../cli/pinfer.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-init-"));
const project = join(folder, "my-sensor");
afterAll(() => rmSync(folder, { recursive: true }));

/** By npm itself, from the package that init packed; what that depends on is there already, so that no registry is asked. */
beforeAll(() => {
  expect(pinfer(["init", "my-sensor"], { cwd: folder }).code).toBe(0);
  mkdirSync(join(project, "node_modules"));
  copyDependencies(join(project, "node_modules"));
  run("npm", "install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund");
  expect(lstatSync(join(project, "node_modules/pinfer")).isDirectory()).toBe(true);
});

function run(command: string, ...programArguments: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, programArguments, { cwd: project, encoding: "utf8" });
  expect([command, ...programArguments, status, status === 0 ? "" : stdout + stderr]).toEqual([
    ...[command, ...programArguments],
    0,
    "",
  ]);
  return stdout;
}

const hasPins = ({ pins }: Board): boolean => pins.names.length > 0;

describe("a project of `pinfer init`, by the commands of its workflow", () => {
  const commands = () =>
    [
      ...readFileSync(join(project, ".github/workflows/pinfer.yml"), "utf8").matchAll(
        /^ +- run: ([^#\n]+)/gm,
      ),
    ].map(([, command]) => command.trim());
  const npmRun = (script: string) => {
    expect(commands()).toContain(`npm run ${script}`);
    return run("npm", "run", script);
  };

  it("installs what a fresh machine lacks for the virtual board, then runs its scripts", () => {
    const requirements: { tests: boolean; packages: { apt: string[] } }[] = JSON.parse(
      readFileSync(join(packageRoot, "src/cli/requirements.json"), "utf8"),
    );
    const needed = requirements.filter(({ tests }) => !tests).flatMap(({ packages }) => packages.apt);
    const [update, install, ...rest] = commands();
    expect(update).toBe("sudo apt-get update");
    // bsdutils is essential in Debian and Ubuntu
    expect(install).toBe(
      `sudo apt-get install -y --no-install-recommends ${needed.filter((name) => name !== "bsdutils").join(" ")}`,
    );
    expect(rest).toEqual([
      "npm install",
      ...Object.keys(JSON.parse(readFileSync(join(project, "package.json"), "utf8")).scripts).map(
        (script) => `npm run ${script}`,
      ),
    ]);
  });

  it("trains to 95 % of its test data and more, as float and int8", () => {
    const [, float, int8] = /accuracy +([\d.]+) +([\d.]+)/.exec(npmRun("train")) ?? [];
    expect(Number(float)).toBeGreaterThan(0.95);
    expect(Number(int8)).toBeGreaterThan(0.95);
  });

  it("gives the host's bytes on the virtual board", () => {
    expect(npmRun("check")).toContain("180 samples × 3 bytes of output\n0 of 540 bytes differ\n");
  });

  it("leaves reports of what was checked, limits too, and its workflow keeps them", () => {
    const cases = (name: string) =>
      [...readFileSync(join(project, "reports", name), "utf8").matchAll(/<testcase .*name="(.*?)"\/>/g)].map(
        ([, found]) => found,
      );
    expect(cases("train.xml")).toEqual([
      ...["ends without an error", "has an integer network", "--min-accuracy 0.9", "--max-drop 0.02"],
    ]);
    expect(cases("check.xml")).toEqual([
      ...["ends without an error", "outputs: every byte is the host's"],
      ...["--max-flash 65536 B", "--max-ram 16384 B", "--min-accuracy 0.9"],
    ]);
    expect(readFileSync(join(project, ".github/workflows/pinfer.yml"), "utf8")).toContain("path: reports/\n");
  });

  it("begins another project from where it was installed: the same package again", () => {
    run("npx", "pinfer", "init", "another");
    const read = (path: string) => readFileSync(join(project, path));
    expect(JSON.parse(read("another/package.json").toString()).devDependencies).toEqual(
      JSON.parse(read("package.json").toString()).devDependencies,
    );
    expect(read(`another/vendor/pinfer-${packageVersion}.tgz`).length).toBeGreaterThan(100_000);
    rmSync(join(project, "another"), { recursive: true });
  });

  it("reads and drives the virtual board's pins as the host predicts", () => {
    const shown = npmRun("pins");
    expect(shown).toContain("olimex-stm32-h405: 25 of 25 combinations right");
    const levels = [...shown.matchAll(/^ *\d+ +\d+ +(\d) +(\d) +\d \d$/gm)].map(([, ...level]) =>
      level.join(""),
    );
    expect(levels).toHaveLength(25);
    // high for running, and for jammed low, which lights this board's LED: all three classes occur
    expect(new Set(levels)).toEqual(new Set(["01", "11", "00"]));
  });

  it("builds its firmware, again and again into the same folder", () => {
    npmRun("firmware");
    expect(npmRun("firmware")).toContain("pins: PA6, PA7 in; PB5, PC12 out; every 20 ms\n");
  });

  it("has pins that every STM32 board has, as its experiment says", () => {
    const { quantized, pins } = readModel(join(project, "model.json"));
    const program = planProgram(quantized!);
    for (const board of boards.filter(hasPins).filter(({ mcu }) => mcu.startsWith("STM32")))
      expect(planPins(pins!, program, board).inputs).toHaveLength(2);
  });

  it("names its classes as its recordings do, in the model that its README watches a board with", () => {
    const { classNames } = readModel(join(project, "model.json"));
    expect(classNames).toEqual(["off", "running", "jammed"]);
    expect(readFileSync(join(project, "README.md"), "utf8")).toContain(
      "npx pinfer monitor model.json --port ",
    );
  });

  it("takes all that its sensors give, so that recording from its pins cuts nothing off", () => {
    const { quantized, pins } = readModel(join(project, "model.json"));
    const { scale, zeroPoint } = quantizationOf(onlyInput(planProgram(quantized!)));
    const ends = pins!.inputs.map((pin) => ("analog" in pin ? pin.analog[1] : Number.NaN));
    expect(ends).toEqual([5, 2]);
    for (const end of ends) expect(Math.round(end / scale) + zeroPoint).toBeLessThanOrEqual(32767);
  });

  it("has an experiment whose types hold, and a misspelt field is found", () => {
    const tsc = join(packageRoot, "node_modules/.bin/tsc");
    run(tsc, "-p", ".");
    const text = readFileSync(join(project, "experiment.ts"), "utf8");
    writeFileSync(join(project, "misspelt.ts"), text.replace("epochs: 40", "epoch: 40"));
    const { status, stdout } = spawnSync(tsc, ["-p", "."], { cwd: project, encoding: "utf8" });
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/^misspelt\.ts\(\d+,\d+\): error .*'epoch' does not exist in type 'Experiment'/);
  });
});
