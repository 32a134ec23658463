import { expect, it } from "vitest";
import { planProgram } from "../../src/plan/planProgram.js";
import { audioNetwork, soundOf } from "../support/audioNetwork.js";
import { expectedOf, filesOf, mainOf } from "./networks.js";
import { runOn, targets } from "./targets.js";

const { avr } = targets;

it.skipIf(avr.missing !== undefined)(
  `features of sound are the host's where int has 16 bits${avr.missing === undefined ? "" : `: ${avr.missing}`}`,
  () => {
    const options = { rate: 8000, sizeMs: 16, stepMs: 16, channels: 9, upper: 3800 };
    const audio = {
      name: "audio",
      program: planProgram(audioNetwork(300, options)),
      inputs: [0, 1, 5].map((seed) => soundOf(300, seed)),
    };
    const expected = expectedOf(audio);
    expect(new Set(expected).size).toBeGreaterThan(10);
    expect(runOn(avr, { ...filesOf(audio), "main.cpp": mainOf([audio]) })).toEqual(expected);
  },
);
