import { describe, expect, it } from "vitest";
import { planProgram } from "../../src/plan/planProgram.js";
import { int16Inputs, measuredInt16Network, randomInt16Network } from "../support/int16Networks.js";
import { type Embedded, expectedOf, filesOf, mainOf } from "./networks.js";
import { runOn, targets } from "./targets.js";

const warnings = [
  "-Wpedantic",
  "-Wconversion",
  "-Wsign-conversion",
  "-Wshadow",
  "-Wcast-align",
  "-Wcast-qual",
];

describe.each([targets.arm, targets.avr])("layers of int16 for $name", (target) => {
  const reason = target.missing === undefined ? "" : ` (${target.missing})`;

  it.skipIf(target.missing !== undefined)(
    `give the host's bytes, also where int has 16 bits${reason}`,
    () => {
      for (const network of [randomInt16Network(1), measuredInt16Network()]) {
        const embedded: Embedded = {
          name: "int16",
          program: planProgram(network),
          inputs: int16Inputs(network, 4),
        };
        const files = { ...filesOf(embedded), "main.cpp": mainOf([embedded]) };
        const expected = expectedOf(embedded);
        expect(new Set(expected).size).toBeGreaterThan(3);
        expect(runOn(target, files, { cFlags: ["-std=c99", "-O2", ...warnings] })).toEqual(expected);
      }
    },
  );
});
