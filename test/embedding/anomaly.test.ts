import { describe, expect, it } from "vitest";
import { planProgram } from "../../src/plan/planProgram.js";
import { runC } from "../support/compileC.js";
import { nearestCentroidNetwork } from "../support/distanceNetworks.js";
import { filesOf } from "./networks.js";

const clusters = nearestCentroidNetwork(0, 0, 0);
const [output] = clusters.outputs;
const withThreshold = (threshold: number) => ({
  name: "clusters",
  program: planProgram({ ...clusters, outputs: [{ ...output!, threshold }] }),
  inputs: [],
});

const main = (arena: string) => `#include <stdio.h>
#include "n.h"
${arena === "" ? "" : "static n_arena_t arena;"}
int main(void)
{
    static const int8_t last[3] = {4, 5, 6};
    for (int i = 0; i < 3; i++) {
        n_input(${arena})[0] = 3;
        n_input(${arena})[1] = 0;
        n_input(${arena})[2] = last[i];
        n_run(${arena});
        printf("%d ", (int)n_is_anomaly(${arena}));
    }
    return 0;
}
`;

describe("a threshold in C", () => {
  // 3² + 4² = 25, 3² + 5² = 34, 3² + 6² = 45
  it.each([
    [24, "1 1 1 "],
    [25, "0 1 1 "],
    [33, "0 1 1 "],
    [34, "0 0 1 "],
    [2 ** 31 - 1, "0 0 0 "],
  ])("of %d is what an anomaly's output is above", (threshold, expected) => {
    const files = filesOf(withThreshold(threshold), { name: "n" });
    expect(files["n.h"]).toContain(`#define N_THRESHOLD ${threshold}\n`);
    expect(runC({ ...files, "main.c": main("") }, new Uint8Array(0)).toString()).toBe(expected);
  });

  it("takes the arena that the run took", () => {
    const files = filesOf(withThreshold(30), { name: "n", arena: "shared" });
    expect(runC({ ...files, "main.c": main("&arena") }, new Uint8Array(0)).toString()).toBe("0 1 1 ");
  });

  it("is not there where the network has none", () => {
    const files = filesOf({ name: "clusters", program: planProgram(clusters), inputs: [] }, { name: "n" });
    expect(files["n.h"]).not.toMatch(/THRESHOLD|is_anomaly/);
  });
});
