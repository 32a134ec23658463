import { describe, expect, it } from "vitest";
import { compareAccuracy, confusionMatrix } from "../../src/compare/accuracy.js";
import { computeMetrics } from "../../src/compare/metrics.js";
import { compareOutputs } from "../../src/compare/outputs.js";
import { renderComparison, renderConfusionMatrix } from "../../src/compare/render.js";
import { type ComparisonReport, comparisonToJson, summarizeTicks } from "../../src/compare/report.js";
import { addTicks, noTicks, totalTicks } from "../../src/link/totalTicks.js";

const equalOutputs = [Int8Array.of(-128, 127), Int8Array.of(64, -64), Int8Array.of(0, -1)];
const float = [
  [0, 1],
  [0.75, 0.25],
  [0.25, 0.75],
];

const equal: ComparisonReport = {
  model: { name: "lights", hash: "3f9a1c52".padEnd(64, "0") },
  device: { board: "olimex-stm32-h405", description: "QEMU netduinoplus2" },
  outputs: compareOutputs(equalOutputs, equalOutputs),
  firstDifferingLayer: null,
  layers: null,
  accuracy: compareAccuracy([1, 0, 1], { float, host: equalOutputs, device: equalOutputs }),
  metrics: [{ predicted: "device", reference: "float network", metrics: computeMetrics(float, float) }],
  ticks: summarizeTicks("instructions", totalTicks([63512, 63514, 63512])),
  link: { payloadBytes: 3000, totalBytes: 4000, retries: 1 },
  time: { seconds: 1.5 },
};

const different: ComparisonReport = {
  ...equal,
  outputs: compareOutputs(equalOutputs, [equalOutputs[0], Int8Array.of(64, -63), equalOutputs[2]]),
  firstDifferingLayer: { layer: 1, name: "dense_2", sample: 1, index: 1, host: -64, device: -63 },
  accuracy: null,
  metrics: [],
  ticks: null,
  link: null,
};

describe("renderComparison", () => {
  it("prints every part of the report", () => {
    expect(renderComparison(equal)).toMatchInlineSnapshot(`
      ""lights" (3f9a1c52) on olimex-stm32-h405, QEMU netduinoplus2

      3 samples × 2 bytes of output
      0 of 6 bytes differ
      SHA-256 of host's outputs    bf19cdb43e11f1d97ea94e9cb94a0266da82ca98f068d748a55060d7aae7db91
      SHA-256 of device's outputs  bf19cdb43e11f1d97ea94e9cb94a0266da82ca98f068d748a55060d7aae7db91

      accuracy                  right
      float network  100.00 %  3 of 3
      host int8       66.67 %  2 of 3
      device          66.67 %  2 of 3

      confusion matrix: 2 classes, 3 samples; rows are labels, columns the device's choice
            C0  C1
        C0   1   .
        C1   1   1

      metrics                            acc      rmse       mae       l2r      mean       std       nse       cos
      device against float network  100.00 %  0.000000  0.000000  0.000000  0.000000  0.000000  1.000000  1.000000

      instructions per inference: min 63 512, mean 63 513, max 63 514
      link: 4 000 B, of them 1 000 B (25.0 %) around the tensors; 1 frame repeated"
    `);
  });

  it("names the first sample, output and layer that differ, and leaves out what there is not", () => {
    expect(renderComparison(different)).toMatchInlineSnapshot(`
      ""lights" (3f9a1c52) on olimex-stm32-h405, QEMU netduinoplus2

      3 samples × 2 bytes of output
      1 of 6 bytes differ, in 1 of 3 samples
      first difference: sample 1, output 1: host -64, device -63
      first layer that differs in sample 1: "dense_2" (layer 1), index 1: host -64, device -63
      SHA-256 of host's outputs    bf19cdb43e11f1d97ea94e9cb94a0266da82ca98f068d748a55060d7aae7db91
      SHA-256 of device's outputs  390e4abf1654d48a25380fb41bbf8bfea54c818bb63394727ca897037346abe7"
    `);
  });
});

describe("renderConfusionMatrix", () => {
  it("has a row for each label, a column for each choice, and points for zeros", () => {
    const matrix = confusionMatrix([0, 0, 1, 2, 2], [0, 1, 1, 2, 0], 3);

    expect(matrix).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 1],
    ]);
    expect(renderConfusionMatrix(matrix).split("\n").slice(1)).toEqual([
      "      C0  C1  C2",
      "  C0   1   1   .",
      "  C1   .   1   .",
      "  C2   1   .   1",
    ]);
  });

  const digits = Array.from({ length: 13 }, (_, digit) => `digit ${digit}`);
  it.each([
    [
      "names",
      ["off", "running", "jammed"],
      ["           off  running  jammed", "  off        7        .       ."],
    ],
    [
      "names cut where a row has no room for them",
      [
        "tea",
        "c",
        "water with a lot of sugar in it",
        "wine",
        "beer",
        "milk",
        "mate from Rio Grande",
        "juice",
      ],
      [
        "                        tea  c  wate…  wine  beer  milk  mate…  juice",
        "  tea                     7  .      .     .     .     .      .      .",
        "  c                       .  7      .     .     .     .      .      .",
        "  water with a lot of…    .  .      7     .     .     .      .      .",
      ],
    ],
    [
      "numbers where names cut are the same",
      ["a gesture to the left with the hand", "a gesture to the left with the arm"],
      [
        "                           C0  C1",
        "  C0 a gesture to the le…   7   .",
        "  C1 a gesture to the le…   .   7",
      ],
    ],
    [
      "numbers where there are too many",
      digits,
      [
        `                ${digits.map((_, column) => `C${column}`.padStart(column < 10 ? 2 : 3)).join("  ")}`,
        `  C0 digit 0     7${"   .".repeat(9)}${"    .".repeat(3)}`,
      ],
    ],
    [
      "nothing that a terminal acts on",
      ["\u001b[2J", "\u009b2J\n"],
      ["        ?[2J  ?2J?", "  ?[2J     7     .", "  ?2J?     .     7"],
    ],
  ])("is headed by %s", (_, names, expected) => {
    const labels = names.flatMap((_, label) => new Array<number>(7).fill(label));
    const lines = renderConfusionMatrix(confusionMatrix(labels, labels, names.length), names).split("\n");
    expect(lines.slice(1, 1 + expected.length)).toEqual(expected);
    expect(lines).toHaveLength(2 + names.length);
    expect(Math.max(...lines.slice(1).map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("compareAccuracy", () => {
  it("counts what each computation got right", () => {
    expect(compareAccuracy([1, 0, 1], { float, host: equalOutputs, device: float })).toMatchObject({
      ...{ labels: 3, floatCorrect: 3, hostCorrect: 2, deviceCorrect: 3 },
    });
  });

  it("leaves the float network out where there is none, as in an imported model", () => {
    const accuracy = compareAccuracy([1, 0, 1], { float: null, host: equalOutputs, device: float });
    expect(accuracy).toMatchObject({ floatCorrect: null, hostCorrect: 2, deviceCorrect: 3 });

    const report = { ...equal, accuracy, metrics: [] };
    expect(comparisonToJson(report)).toMatchObject({ accuracy: { float: null, host: 2 / 3, device: 1 } });
    expect(renderComparison(report)).toContain("host int8   66.67 %  2 of 3");
    expect(renderComparison(report)).not.toContain("float");
  });
});

describe("summarizeTicks", () => {
  it("gives minimum, mean and maximum, and null when nothing was counted", () => {
    expect(summarizeTicks("cycles", totalTicks([10, 30, 11]))).toEqual({
      ...{ unit: "cycles", min: 10, mean: 17, max: 30 },
    });
    expect(summarizeTicks("cycles", noTicks)).toBeNull();
  });

  it("is of all batches, whatever their order", () => {
    const [a, b] = [totalTicks([7, 9]), totalTicks([8])];
    const all = { count: 3, min: 7, max: 9, sum: 24 };
    expect([addTicks(a, b), addTicks(b, a), addTicks(noTicks, addTicks(a, addTicks(b, noTicks)))]).toEqual([
      ...[all, all, all],
    ]);
  });
});

describe("comparisonToJson", () => {
  it("tells whether all bytes are equal first, and adds shares and overhead", () => {
    expect(comparisonToJson(equal)).toMatchObject({
      equal: true,
      accuracy: { float: 1, host: 2 / 3, device: 2 / 3 },
      link: { overheadBytes: 1000, overheadPercent: 25 },
    });
    expect(Object.keys(comparisonToJson(equal))[0]).toBe("equal");
    expect(comparisonToJson(equal)).toMatchObject({ accuracy: { classNames: null } });
    const sides = { float, host: equalOutputs, device: equalOutputs };
    const named = { ...equal, accuracy: compareAccuracy([1, 0, 1], sides, ["off", "on"]) };
    expect(comparisonToJson(named)).toMatchObject({ accuracy: { classNames: ["off", "on"] } });
    expect(renderComparison(named)).toContain("\n       off  on\n  off    1   .\n  on     1   1\n");
    expect(comparisonToJson(different)).toMatchObject({ equal: false, accuracy: null, link: null });
  });

  it("is the same for two runs but for `time`", () => {
    const text = (report: ComparisonReport): string =>
      JSON.stringify({ ...comparisonToJson(report), time: 0 });
    expect(text({ ...equal, time: { seconds: 99 } })).toBe(text(equal));
  });
});
