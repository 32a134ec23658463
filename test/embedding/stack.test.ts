import { describe, expect, it } from "vitest";
import { stackBytesOf } from "../../codegen/networkFacts.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { planningTargets } from "../../src/program/target.js";
import { hasGoldenVectors, readGoldenModel } from "../golden/models.js";
import { columns, filesOf, images } from "./networks.js";
import { measureStack } from "./stack.js";
import { targets } from "./targets.js";

const isMissing = targets.arm.missing !== undefined || !hasGoldenVectors;

describe.skipIf(isMissing)("a run's stack on a Cortex-M4 (needs QEMU and ../shared/mlperf-tiny)", () => {
  it.each(optimizeModes)(
    "is at most what the header says, optimized for %s, and not far below",
    (optimize) => {
      const golden = (["kws", "vww", "sww"] as const).flatMap((id) => {
        const { network } = readGoldenModel(id);
        // plain kernels, and packed ones
        return planningTargets.map((target) => ({
          ...{ name: id, program: planProgram(network, { optimize, target }), inputs: [] },
        }));
      });
      const networks = [...golden, columns({ optimize }), images(5, { optimize })];
      const largest = networks.map((network) => {
        const { run, layers } = measureStack(network);
        return Math.max(run, ...layers);
      });
      expect(Math.min(...largest)).toBeGreaterThan(16);
      expect(Math.max(...largest)).toBeLessThanOrEqual(stackBytesOf[optimize]);
      // other networks get kernels of the same mode that took up to 28 B more; for RAM any of both modes, of which these
      // have the fast ones wherever the arena is as small
      if (optimize === "ram") expect(stackBytesOf.ram).toBe(Math.max(stackBytesOf.speed, stackBytesOf.size));
      else expect(Math.max(...largest)).toBeGreaterThan(stackBytesOf[optimize] - 64);
      expect(filesOf(networks[0]!)["network.h"]).toContain(
        `#define NETWORK_STACK_BYTES ${stackBytesOf[optimize]}\n`,
      );
    },
  );
});
