import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { CycleCollector } from "../../src/profile/collectCycles.js";

/** A counter that gives these, call by call. */
function counterOf(...calls: [instructions: number, cycles: number][][]) {
  return {
    takeCounts: () => calls.shift()!.map(([instructions, cycles]) => ({ instructions, cycles })),
  };
}

describe("cycles beside ticks", () => {
  it("are of the latest counts: the firmware measured nothing before, and a link may repeat", () => {
    const counter = counterOf(
      [
        [0, 0],
        [0, 0],
        [100, 150],
      ],
      [
        [60, 80],
        [60, 80],
        [40, 75],
      ],
    );
    const collector = new CycleCollector({ core: "Cortex-M4", counter }, 2);
    collector.addRun(100);
    collector.addLayers([60, 40]);
    const { all, layers } = collector.collected();
    expect(all).toEqual({
      ...{ core: "Cortex-M4", layerCycles: 155, flash: null },
      run: { unit: "cycles", min: 150, mean: 150, max: 150 },
    });
    expect(layers?.map(({ mean }) => mean)).toEqual([80, 75]);
  });

  it.each([
    [[[[99, 150]]], "the board counted 100 instructions where the emulator ran 99"],
    [[[]], "the board counted 100 instructions where the emulator ran none"],
  ] as const)("are missing where both have not counted the same: %j", (calls, missing) => {
    const counter = counterOf(...(calls as unknown as [number, number][][]));
    const collector = new CycleCollector({ core: "Cortex-M4", counter }, 0);
    collector.addRun(100);
    expect(collector.collected()).toEqual({ all: { missing }, layers: undefined });
  });

  it("are missing where what ran has no listing", () => {
    const takeCounts = () => {
      throw new UserError("the image has no instruction at 0x20000000, where a block ran");
    };
    const collector = new CycleCollector({ core: "Cortex-M4", counter: { takeCounts } }, 0);
    collector.addRun(100);
    expect(collector.collected().all).toEqual({
      missing: "the image has no instruction at 0x20000000, where a block ran",
    });
  });
});
