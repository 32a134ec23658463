import { describe, expect, it } from "vitest";
import { Tensor } from "../../src/base/tensor.js";
import { renderData } from "../../src/cli/renderData.js";
import { type DataSummary, summarizeData } from "../../src/experiment/dataSummary.js";
import type { Dataset } from "../../src/train/data/dataset.js";
import { allSamples } from "../../src/train/data/dataset.js";

const dataset = (...targets: number[]): Dataset => ({
  inputs: Tensor.zeros([targets.length, 4, 2], "float32"),
  targets: Int32Array.from(targets),
  classNames: ["rest", "walk", "fall"],
});

describe("a summary of data", () => {
  it("counts the samples of each part and class, and what the experiment holds back", () => {
    const train = dataset(0, 0, 1, 1, 2);
    const split = {
      training: Int32Array.of(0, 2, 4),
      validation: { data: train, samples: Int32Array.of(1, 3) },
    };
    const skipped = { count: 3, first: ["a.csv:2: no"] };
    expect(summarizeData({ train, test: dataset(1), skipped }, split)).toEqual({
      inputShape: [4, 2],
      classes: ["rest", "walk", "fall"],
      parts: [
        { part: "training", samples: 3, ofClasses: [1, 1, 1] },
        { part: "validation", samples: 2, ofClasses: [1, 1, 0] },
        { part: "test", samples: 1, ofClasses: [0, 1, 0] },
      ],
      skipped,
    });
  });

  it("tells the range of targets that are real values", () => {
    const train = {
      inputs: Tensor.zeros([3, 1], "float32"),
      targets: Tensor.from([3, 2], [1, -2, 5, 0, 99, 98]),
    };
    expect(summarizeData({ train }, { training: Int32Array.of(0, 1) })).toEqual({
      inputShape: [1],
      parts: [{ part: "training", samples: 2, targets: { least: -2, largest: 5 } }],
    });
  });

  it("numbers classes without names, those of the test data too", () => {
    const unnamed = ({ inputs, targets }: Dataset): Dataset => ({ inputs, targets });
    const [train, test] = [unnamed(dataset(0, 1)), unnamed(dataset(3))];
    expect(summarizeData({ train, test }, { training: allSamples(train) }).classes).toEqual([
      "0",
      "1",
      "2",
      "3",
    ]);
  });
});

describe("a summary of data in a terminal", () => {
  const ofClasses = (classes: readonly string[], counts: readonly number[]): DataSummary => ({
    inputShape: [119, 6],
    classes,
    parts: [{ part: "training", samples: counts.reduce((sum, count) => sum + count, 0), ofClasses: counts }],
  });

  it("has a column for each class", () => {
    expect(
      renderData({
        ...ofClasses(["flex", "a name too long for a table"], [1200, 8]),
        skipped: { count: 2, first: ["x.csv:3: no number"] },
      }),
    ).toBe(
      `data: each sample [119, 6], of 2 classes
            samples   flex  a name too long…
  training    1 208  1 200                 8
left out 2 that cannot be read, the first: x.csv:3: no number`,
    );
  });

  it("has the fewest and the most of a class where these are many", () => {
    const names = Array.from({ length: 40 }, (_, label) => `class ${label}`);
    const counts = names.map((_, label) => (label === 7 ? 0 : label < 20 ? 5 : 9));
    expect(renderData(ofClasses(names, counts))).toBe(
      `data: each sample [119, 6], of 40 classes
            samples  fewest of a class                      most
  training      275        0 (class 7)  9 (class 20 and 19 more)`,
    );
  });

  it("has the range of real targets", () => {
    const parts = [{ part: "test", samples: 1, targets: { least: -2.5, largest: 1e6 } }] as const;
    expect(renderData({ inputShape: [1], parts })).toBe(
      `data: each sample [1]
        samples  targets from       to
  test        1          -2.5  1000000`,
    );
  });
});
