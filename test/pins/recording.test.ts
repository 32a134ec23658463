import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { expectWindow, readingsOf, wanderingReadings } from "../../src/pins/momentReadings.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { planPins } from "../../src/pins/planPins.js";
import { renderRecording, renderWindows } from "../../src/pins/renderTrial.js";
import type { RecordingReport, WindowTrial } from "../../src/pins/tryRecording.js";
import { WindowController } from "../../src/pins/windowController.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { recordings } from "../../src/train/data/recordings.js";
import { temporaryDirectory } from "../firmware/images.js";
import { windowNetwork, windowPins } from "./windowFirmware.js";

const planOf = (map: PinMap) => planPins(map, planProgram(windowNetwork), findBoard("host"));
const plan = planOf(windowPins);

describe("readingsOf", () => {
  it("gives the ADC's nearest reading, and the nearer level of a switch", () => {
    // 0 V is −64, the reference 63.5; off −10, on 10
    const values = [-64, -10, 63.5, 10, -0.25, 1, 0, -1];
    expect(readingsOf(windowPins, plan, values, "x.csv")).toEqual({
      readings: [
        [0, 0],
        [4095, 1],
        [2048, 1], // 2047.5
        [2056, 0], // 2055.5
      ],
      warnings: [],
    });
  });

  it("turns the level of a switch that is on when low", () => {
    const inputs = windowPins.inputs.map((pin) => ("analog" in pin ? pin : { ...pin, activeLow: true }));
    const map = { ...windowPins, inputs };
    expect(readingsOf(map, planOf(map), [0, 10, 0, -10], "x.csv").readings.map(([, level]) => level)).toEqual(
      [0, 1],
    );
  });

  it("says how many values no pin can read", () => {
    const { readings, warnings } = readingsOf(windowPins, plan, [-65, 10, 64, 10, 0, 10], "x.csv");
    expect(readings.map(([lever]) => lever)).toEqual([0, 4095, 2056]);
    expect(warnings).toEqual([
      {
        message: "x.csv: 2 of 6 values are beyond what their pins can read",
        hint: "they read 0 V or the reference voltage: see analog: [atZero, atReference] in pins.inputs",
      },
    ]);
  });

  it("needs a window", () => {
    const moments = readingsOf(windowPins, plan, [0, 10, 0, 10], "x.csv");
    expect(() => expectWindow(moments, plan, "x.csv")).toThrow(
      expect.objectContaining({
        message: "x.csv has 2 moments; a window takes 5",
        hint: "give a longer recording",
      }),
    );
  });
});

describe("a window on pins", () => {
  it("is cut as recordings() cuts the windows that the network is trained on, value by value", () => {
    const file = join(temporaryDirectory(), "swings.csv");
    const rows = Array.from({ length: 30 }, (_, row) => [
      ((17 * row) % 120) / 2 - 20,
      row % 4 < 2 ? -10 : 10,
    ]);
    writeFileSync(
      file,
      `lever,switch,class\n${rows.map((row, i) => `${row.join(",")},${i < 15 ? "a" : "b"}`).join("\n")}\n`,
    );
    const { inputs } = recordings(file, { window: 5, step: 2, label: { column: "class" } }).train;
    const map = { ...windowPins, inputs: [windowPins.inputs[0]!, { pin: "PA1", off: -10, on: 10 }] };
    const controller = new WindowController(planOf(map), planProgram(windowNetwork));
    const { readings } = readingsOf(map, planOf(map), rows.flat(), file);
    const found = readings.flatMap((moment) => controller.step(moment)?.input ?? []);
    const trained = Array.from({ length: inputs.shape[0]! }, (_, window) =>
      quantizeTensor(inputs.data.subarray(10 * window, 10 * (window + 1)), windowNetwork.tensors[0]!),
    );
    expect(found).toHaveLength(13); // (30 − 5) / 2 + 1
    expect(found).toEqual(trained);
  });
});

describe("wanderingReadings", () => {
  it("are enough for so many windows, in range, and the same each time", () => {
    const { readings } = wanderingReadings(plan, 40);
    expect(readings).toHaveLength(5 + 39 * 2);
    expect(readings.every(([a, b]) => a! >= 0 && a! <= 4095 && (b === 0 || b === 1))).toBe(true);
    expect(new Set(readings.map(([, level]) => level)).size).toBe(2);
    expect(wanderingReadings(plan, 40).readings).toEqual(readings);
  });
});

describe("renderRecording", () => {
  const trial = (moment: number, found: number[], differs: WindowTrial["differs"] = []): WindowTrial => ({
    ...{ moment, average: [1, 2, 3], predicted: [0, 1], found, differs },
  });
  const report: RecordingReport = {
    ...{ board: "host", through: "link", inputs: ["PA0"], outputs: ["PA5", "PA6"], everyMs: 10 },
    windows: { window: 5, hop: 2, momentBytes: 1, average: 3, wins: 2, of: 4 },
    ...{ moments: 1200, wrong: 0, wrongBetween: 0 },
    trials: [],
  };

  it("has a line for each change, and for each difference", () => {
    const trials = [
      trial(5, [0, 1]),
      trial(7, [0, 1]),
      trial(9, [1, 1], ["output", "levels"]),
      trial(11, [0, 1]),
    ];
    expect(renderRecording({ ...report, trials, wrong: 1, wrongBetween: 3 }).split("\n")).toEqual([
      "moment  PA5  PA6  host",
      "     5    0    1   0 1",
      "     9    1    1   0 1  WRONG: output, levels",
      "    11    0    1   0 1",
      "",
      "1 200 moments of 1 pins, one every 10 ms; windows of 5, a new one every 2; means over 3; on with 2 of 4",
      "after 3 moments between two windows the pins had changed",
      "host: 3 of 4 windows equal in input, output, average and levels, pins set and read over the link",
    ]);
  });

  it("ends a table that would never end", () => {
    const trials = Array.from({ length: 100 }, (_, i) => trial(5 + 2 * i, [i % 2, 1]));
    const lines = renderRecording({ ...report, trials, through: "emulated pins" }).split("\n");
    expect(lines).toHaveLength(1 + 40 + 4);
    expect(lines[41]).toBe("… and 60 more changes");
    expect(lines.at(-1)).toContain("100 of 100 windows equal");
    expect(lines.at(-1)).toContain("driven and read from outside the chip");
  });
});

describe("renderWindows", () => {
  it("tells what was left out, and what was lost if anything was", () => {
    const windows = {
      ...{ window: 119, hop: 20, average: 4, wins: 3, of: 5 },
      ...{ moments: 12_345, inferred: 600, leftOut: 12, lost: 0 },
    };
    expect(renderWindows(windows)).toBe(
      "moment 12 345; windows of 119, a new one every 20: 600 inferred, 12 left out",
    );
    expect(renderWindows({ ...windows, lost: 2 })).toContain(", 12 left out, 2 moments lost");
  });
});
