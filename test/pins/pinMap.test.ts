import { describe, expect, it } from "vitest";
import { Fields } from "../../src/base/fields.js";
import { type PinMap, readPinMap } from "../../src/pins/pinMap.js";

const outputs: PinMap["outputs"] = [{ pin: "LED", threshold: 0.5 }];
const inputs: PinMap["inputs"] = [{ pin: "PC0" }, { pin: "PC1" }];

describe("readPinMap", () => {
  const read = (map: unknown) => readPinMap(new Fields("experiment.pins", map));

  it("takes what the types allow, and leaves out what is not given", () => {
    const map: PinMap = {
      inputs: [
        { pin: "PA0", pull: "down", debounceMs: 20, activeLow: true, off: -1, on: 1 },
        { pin: "PA1", analog: [-1, 1] },
      ],
      outputs: [
        { pin: "LED", threshold: 0.5, hysteresis: 0.1, output: 1 },
        { pin: "PA2", class: 0, activeLow: true },
      ],
      ...{ classHysteresis: 0.1, timing: "PA3", everyMs: 5 },
    };
    expect(read(map)).toEqual(map);
    const windows = { window: 119, hop: 20, average: 4, vote: { wins: 3, of: 5 } };
    expect(read({ ...map, ...windows })).toEqual({ ...map, ...windows });
  });

  it.each([
    [
      { inputs: [], outputs },
      "experiment.pins.inputs must be one pin for each value of the network's input, found an array of 0",
    ],
    [{ inputs, outputs: [] }, "experiment.pins.outputs must be one pin or more, found an array of 0"],
    [{ inputs, outputs, every: 3 }, 'experiment.pins has no field "every"'],
    [{ inputs: [{ pin: 3 }], outputs }, "experiment.pins.inputs[0].pin must be text, found 3"],
    [
      { inputs: [{ pin: "PA0", pull: "sideways" }], outputs },
      'experiment.pins.inputs[0].pull must be one of "up", "down", found "sideways"',
    ],
    [
      { inputs: [{ pin: "PA0", analog: [1, 1] }], outputs },
      "experiment.pins.inputs[0].analog must be two different numbers, the network's input at 0 V and at the reference voltage, found an array of 2",
    ],
    [
      { inputs: [{ pin: "PA0", analog: [0, 1], pull: "up" }], outputs },
      'experiment.pins.inputs[0] has no field "pull"',
    ],
    [
      { inputs, outputs: [{ pin: "LED" }] },
      "experiment.pins.outputs[0].threshold must be a number, if there is no class, found nothing",
    ],
    [
      { inputs, outputs: [{ pin: "LED", class: 1, threshold: 2 }] },
      'experiment.pins.outputs[0] has no field "threshold"',
    ],
    [
      { inputs, outputs: [{ pin: "LED", threshold: 1, hysteresis: -1 }] },
      "experiment.pins.outputs[0].hysteresis must be a number of 0 or more, found -1",
    ],
    [
      { inputs, outputs, window: 3 },
      "experiment.pins.everyMs must be the milliseconds from one moment to the next in the recordings it was trained on, found nothing",
    ],
    [
      { inputs, outputs, everyMs: 10, hop: 3 },
      "experiment.pins.hop is of windows, and there is no experiment.pins.window",
    ],
    [
      { inputs, outputs, everyMs: 10, vote: { wins: 1, of: 2 } },
      "experiment.pins.vote is of windows, and there is no experiment.pins.window",
    ],
    [
      { inputs, outputs, everyMs: 10, window: 0 },
      "experiment.pins.window must be an integer 1..32767, found 0",
    ],
    [
      { inputs, outputs, everyMs: 10, window: 3, hop: 0 },
      "experiment.pins.hop must be an integer 1..32767, found 0",
    ],
    [
      { inputs, outputs, everyMs: 10, window: 3, average: 256 },
      "experiment.pins.average must be an integer 1..255, found 256",
    ],
    [
      { inputs, outputs, everyMs: 10, window: 3, vote: { wins: 4, of: 3 } },
      "experiment.pins.vote.wins must be an integer 1..3, found 4",
    ],
    [
      { inputs, outputs, everyMs: 10, window: 3, vote: { wins: 1, out: 3 } },
      'experiment.pins.vote has no field "out"',
    ],
    [{ inputs, outputs, everyMs: 0 }, "experiment.pins.everyMs must be an integer 1..60000, found 0"],
  ])("names what is wrong in %j", (map, message) => {
    expect(() => read(map)).toThrow(expect.objectContaining({ name: "UserError", message }));
  });
});
