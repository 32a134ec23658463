import { describe, expect, it } from "vitest";
import { boards } from "../../src/board/boards.js";
import { findTarget, planningTargets, targets } from "../../src/program/target.js";
import { userError } from "../train/userError.js";

describe("a target", () => {
  it("is what gcc calls the core of each board", () => {
    for (const { core, target, cpuFlags } of boards) {
      const id = core.toLowerCase().replace("+", "plus").replace(/f$/, "");
      expect(target.id, core).toBe(core === "host" ? "any" : id);
      const [flag] = cpuFlags;
      if (flag?.startsWith("-mcpu=")) expect(flag).toBe(`-mcpu=${target.id}`);
    }
  });

  it("has the packed multiply-accumulates where the architecture has them: Armv7E-M, and Armv8-M with DSP", () => {
    expect(targets.filter(({ dsp }) => dsp).map(({ id }) => id)).toEqual([
      "cortex-m4",
      "cortex-m7",
      "cortex-m33",
      "cortex-m55",
    ]);
  });

  it("stands for all that get the same plans", () => {
    expect(planningTargets.map(({ id }) => id)).toEqual(["any", "cortex-m4"]);
  });

  it("is refused by a name that is none, with those that are", () => {
    expect(() => findTarget("cortex\nm4")).toThrow(
      userError(
        'no target is called "cortex\\nm4"',
        "targets: any, cortex-m0, cortex-m0plus, cortex-m3, cortex-m4, cortex-m7, cortex-m33, cortex-m55, rv32imc",
      ),
    );
  });
});
