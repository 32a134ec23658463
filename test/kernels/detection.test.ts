import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { readSamples } from "../../src/formats/samples.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { resetStates } from "../../src/program/states.js";
import { hasSignals, signalsAreMissing, signalsFolder } from "../golden/signals.js";
import { type DetectionRule, detectionNetwork } from "../support/detectionNetwork.js";

/** Of each run, which classes are detected. @param probabilities of each run 0..255 */
function detect(rule: DetectionRule, probabilities: readonly (readonly number[])[]): number[][] {
  const classes = probabilities[0]!.length;
  const program = planProgram(detectionNetwork(rule, classes));
  const states = resetStates(program);
  return probabilities.map((row) => {
    const state = runProgram(
      program,
      Int8Array.from(row, (value) => value - 128),
      undefined,
      states,
    );
    expect([...state.slice(0, classes)]).toEqual(row.map((value) => value - 128));
    const flags = [...state.slice(classes, 2 * classes)];
    expect(flags.every((flag) => flag === 127 || flag === -128)).toBe(true);
    return flags.flatMap((flag, c) => (flag === 127 ? [c] : []));
  });
}

/** ESPHome's rule as it stands there: frame by frame, with a list of all probabilities. */
function detectByFrames(
  { cutoff, window, holdOff, frames }: DetectionRule,
  runs: readonly number[],
): boolean[] {
  let recent = new Array<number>(window).fill(0);
  let ignored = -holdOff;
  return runs.map((probability) => {
    for (let frame = 1; frame <= frames; frame++) {
      if (frame === frames) recent = [...recent.slice(1), probability];
      if (recent.at(-1)! < cutoff) ignored = Math.min(ignored + 1, 0);
    }
    const isDetected = ignored === 0 && recent.reduce((sum, value) => sum + value) > cutoff * window;
    if (!isDetected) return false;
    recent = new Array<number>(window).fill(0);
    ignored = -holdOff;
    return true;
  });
}

describe("a detection", () => {
  const rule = { cutoff: 100, window: 2, holdOff: 3, frames: 1 };

  it("is a sum over the window's, once frames of quiet have passed, and then only after as many again", () => {
    const quiet = [0, 0, 0];
    const runs = [...quiet, 150, 51, 255, 0, 0, 0, 101, 99, 201, 0];
    // 0 + 150 and 150 + 51 = 201: over 200; then three quiet frames; 99 + 101 is 200, and 99 + 201 over it
    expect(
      detect(
        rule,
        runs.map((value) => [value]),
      ).map(({ length }) => length),
    ).toEqual([...[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0]]);
  });

  it("waits while it is loud", () => {
    const loud = new Array<number>(10).fill(255);
    expect(
      detect(
        rule,
        loud.map((value) => [value]),
      ).flat(),
    ).toEqual([]);
  });

  it("knows classes apart, and one ends the others' windows", () => {
    const runs = [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 150],
      [90, 60],
      [0, 255],
      [0, 0],
    ];
    expect(detect(rule, runs)).toEqual([[], [], [], [], [1], [], []]);
  });

  it("is what it is frame by frame, for any rule", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = new Random(seed);
      const any = {
        ...{ cutoff: random.integer(256), window: 1 + random.integer(6) },
        ...{ holdOff: random.integer(20), frames: 1 + random.integer(3) },
      };
      const runs = Array.from({ length: 80 }, (_, i) =>
        Math.floor(i / 9) % 2 === 0 ? random.integer(90) : 160 + random.integer(96),
      );
      const found = detect(
        any,
        runs.map((value) => [value]),
      ).map(({ length }) => length > 0);
      expect([any, found]).toEqual([any, detectByFrames(any, runs)]);
    }
  });

  const title = "comes with the same run in the golden clips";
  it.skipIf(!hasSignals)(hasSignals ? title : `${title}: ${signalsAreMissing}`, () => {
    const folder = join(signalsFolder, "e2e");
    const clips: Record<string, { first_detection_invocation: number | null }> = JSON.parse(
      readFileSync(join(folder, "manifest.json"), "utf8"),
    );
    const rules = {
      v1: { cutoff: 127, window: 10, holdOff: 74, frames: 1 },
      v2: { cutoff: 247, window: 5, holdOff: 74, frames: 3 },
    };
    for (const [name, { first_detection_invocation: expected }] of Object.entries(clips)) {
      const version = name.endsWith("v1") ? "v1" : "v2";
      const { data } = readSamples(join(folder, `${name}.outputs.npy`));
      const found = detect(
        rules[version],
        Array.from(data, (value) => [value]),
      );
      const first = found.findIndex(({ length }) => length > 0);
      expect([name, first < 0 ? null : first]).toEqual([name, expected]);
    }
    expect(Object.keys(clips)).toHaveLength(24);
  });
});
