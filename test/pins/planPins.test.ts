import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { type PlannedAnalog, planPins } from "../../src/pins/planPins.js";
import { ANALOG_MAX, scaleAnalog } from "../../src/pins/signals.js";
import type { PortSlot } from "../../src/program/program.js";

const board = findBoard("b-l475e-iot01a");

function slot(
  bytes: number,
  scale: number,
  zeroPoint: number,
  elementType: "int8" | "int16" = "int8",
): PortSlot {
  return {
    name: "t",
    offset: 0,
    bytes,
    shape: [bytes],
    elementType,
    quantization: { scale, zeroPoint },
    border: "float32",
  };
}

const network = { name: "lamps", inputs: [slot(2, 1 / 255, -128)], outputs: [slot(3, 0.01, 10)] };
const outputs: PinMap["outputs"] = [{ pin: "LED", threshold: 0.5 }];
const inputs: PinMap["inputs"] = [{ pin: "PC0" }, { pin: "PC1" }];
const plan = (map: Partial<PinMap>, id = board.id) =>
  planPins({ inputs, outputs, ...map }, network, findBoard(id));

describe("planPins", () => {
  it("settles numbers of pins, readings to wait for, and values in the network's integers", () => {
    const found = plan({
      inputs: [
        { pin: "BUTTON", pull: "up", debounceMs: 45 },
        { pin: "PC1", analog: [0, 1] },
      ],
      outputs: [
        { pin: "LED", output: 2, threshold: 0.5, hysteresis: 0.2 },
        { pin: "PB1", class: 1, activeLow: true },
      ],
      timing: "PB2",
      everyMs: 20,
      classHysteresis: 0.05,
    });
    expect(found).toEqual({
      ...{
        board: board.id,
        everyMs: 20,
        classHysteresis: 5,
        timing: { name: "PB2", pin: 18, isActiveLow: false },
      },
      inputs: [
        {
          ...{ kind: "digital", name: "PC13", pin: 45, pull: "up", isActiveLow: true },
          ...{ steadyReadings: 3, off: -128, on: 127 },
        },
        { kind: "analog", name: "PC1", pin: 33, channel: 2, scale: expect.any(Object) },
      ],
      outputs: [
        // 0.6 / 0.01 + 10 and 0.4 / 0.01 + 10
        { kind: "threshold", name: "PA5", pin: 5, isActiveLow: false, element: 2, onFrom: 70, offBelow: 50 },
        { kind: "class", name: "PB1", pin: 17, isActiveLow: true, element: 1 },
      ],
    });
  });

  it("scales every reading of the ADC to within an eighth of half a step of the real value", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: 0.05, max: 10, noNaN: true }),
        fc.integer({ min: -128, max: 127 }),
        fc.double({ min: 0.005, max: 0.5, noNaN: true }),
        (low, span, zeroPoint, scale) => {
          const input = slot(1, scale, zeroPoint);
          const map = { inputs: [{ pin: "PC0", analog: [low, low + span] as const }], outputs };
          const [{ scale: line }] = planPins(map, { ...network, inputs: [input] }, board).inputs as [
            PlannedAnalog,
          ];
          for (let raw = 0; raw <= ANALOG_MAX; raw++) {
            const real = (low + (span * raw) / ANALOG_MAX) / scale + zeroPoint;
            const error = scaleAnalog(raw, line) - Math.min(127, Math.max(-128, real));
            if (Math.abs(error) > 0.5 + 0.125) return false;
          }
          return true;
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  });

  it("takes raw readings into int16 as they are", () => {
    const input = slot(2, 1, 0, "int16");
    const map = { inputs: [{ pin: "PC0", analog: [0, ANALOG_MAX] as const }], outputs };
    const [{ scale }] = planPins(map, { ...network, inputs: [input] }, board).inputs as [PlannedAnalog];
    for (let raw = 0; raw <= ANALOG_MAX; raw++) expect(scaleAnalog(raw, scale)).toBe(raw);
  });

  it("scales into int16 to within one and a half steps where the reference is far beyond the training data", () => {
    const scale = 2.77 / 65535; // of data from −1.385 to 1.385
    const input = slot(2, scale, 0, "int16");
    const map = { inputs: [{ pin: "PC0", analog: [-8, 8] as const }], outputs };
    const [{ scale: line }] = planPins(map, { ...network, inputs: [input] }, board).inputs as [PlannedAnalog];
    for (let raw = 0; raw <= ANALOG_MAX; raw++) {
      const real = Math.min(32767, Math.max(-32768, (-8 + (16 * raw) / ANALOG_MAX) / scale));
      expect(Math.abs(scaleAnalog(raw, line) - real)).toBeLessThan(1.5);
    }
  });

  it("scales each pin for its own column", () => {
    const quantization = [
      { scale: 1, zeroPoint: 0 },
      { scale: 0.25, zeroPoint: -400_000 },
    ];
    const input = { ...slot(4, 1, 0, "int16"), quantization };
    const map = {
      inputs: [
        { pin: "PC0", off: -3, on: 20 },
        { pin: "PC1", analog: [99_000, 103_000] as const },
      ],
      outputs,
    };
    const [off, line] = planPins(map, { ...network, inputs: [input] }, board).inputs;
    expect(off).toMatchObject({ off: -3, on: 20 });
    // (99000 / 0.25) − 400000 and (103000 / 0.25) − 400000
    const { scale } = line as PlannedAnalog;
    expect([scaleAnalog(0, scale), scaleAnalog(ANALOG_MAX, scale)]).toEqual([-4000, 12_000]);
  });

  const sixPins = ["PC0", "PC1", "PC2", "PC3", "PC4", "PC5"].map((pin) => ({
    ...{ pin, analog: [0, 1] as const },
  }));
  const planGesture = (map: Partial<PinMap>) => {
    const input = { ...slot(714, 1 / 255, -128), shape: [119, 6] };
    return planPins(
      { inputs: sixPins, outputs, ...map },
      { ...network, name: "gesture", inputs: [input] },
      board,
    );
  };

  it("settles windows of 6 pins at 119 moments, that do not overlap and stand for themselves unless it is told", () => {
    const { windows, inputs: planned } = planGesture({ window: 119, everyMs: 8 });
    expect(windows).toEqual({ window: 119, hop: 119, momentBytes: 6, average: 1, wins: 1, of: 1 });
    expect(planned).toHaveLength(6);
    const told = planGesture({ window: 119, everyMs: 8, hop: 20, average: 4, vote: { wins: 3, of: 5 } });
    expect(told.windows).toEqual({ window: 119, hop: 20, momentBytes: 6, average: 4, wins: 3, of: 5 });
  });

  it("scales the channels of a window each for its own column", () => {
    const quantization = [
      { scale: 1, zeroPoint: 0 },
      { scale: 0.25, zeroPoint: -400_000 },
    ];
    const input = { ...slot(8, 1, 0, "int16"), shape: [2, 2], quantization };
    const map = {
      inputs: [
        { pin: "PC0", off: -3, on: 20 },
        { pin: "PC1", analog: [99_000, 103_000] as const },
      ],
      ...{ outputs, window: 2, everyMs: 10 },
    };
    const { windows, inputs: planned } = planPins(map, { ...network, inputs: [input] }, board);
    expect(windows!.momentBytes).toBe(4);
    expect(planned[0]).toMatchObject({ off: -3, on: 20 });
    expect(scaleAnalog(0, (planned[1] as PlannedAnalog).scale)).toBe(-4000);
  });

  const refused: [string, () => unknown, string, string | undefined][] = [
    [
      "a number of pins that is not the network's",
      () => plan({ inputs: ["PC0", "PC1", "PC2"].map((pin) => ({ pin })) }),
      'pins.inputs has 3 pins; network "lamps" takes 2 values',
      "name one pin for each value, in their order",
    ],
    [
      "channels without a window",
      () => planGesture({ inputs: sixPins }),
      'pins.inputs has 6 pins; network "gesture" takes 714 values',
      "name one pin for each value, in their order; or, if each pin is read at 119 moments, give pins.window 119 and pins.everyMs",
    ],
    [
      "a window of another length than the network's",
      () => planGesture({ inputs: sixPins, window: 100, everyMs: 10 }),
      'pins.window 100 × 6 pins are 600 values; network "gesture" takes 714: 119 moments of 6 channels, [119, 6]',
      "give window 119 and 6 inputs, a pin for each channel",
    ],
    [
      "a window with moments for channels",
      () => planGesture({ inputs: sixPins.slice(0, 2), window: 357, everyMs: 10 }),
      'pins.window 357 × 2 pins are 714 values; network "gesture" takes 714: 119 moments of 6 channels, [119, 6]',
      "give window 119 and 6 inputs, a pin for each channel",
    ],
    [
      "a window of a flat network that is too long",
      () => plan({ window: 2, everyMs: 10 }),
      'pins.window 2 × 2 pins are 4 values; network "lamps" takes 2',
      "give window 1, or other inputs: one pin for each channel",
    ],
    [
      "channels whose scale changes from moment to moment",
      () => {
        const quantization = [1, 2, 1, 3].map((scale) => ({ scale, zeroPoint: 0 }));
        const input = { ...slot(4, 1, 0), quantization };
        return planPins({ inputs, outputs, window: 2, everyMs: 10 }, { ...network, inputs: [input] }, board);
      },
      'pins.window: network "lamps" has another scale for input 3 than for 1, the same pin 1 moments before',
      "train it on [window, channels], so that a channel has one scale",
    ],
    [
      "a pin the board does not have",
      () => plan({ outputs: [{ pin: "PG3", threshold: 0.5 }] }),
      'pins.outputs[0]: board "b-l475e-iot01a" has no pin PG3',
      "`pinfer boards` lists its pins",
    ],
    [
      "a name that is no pin",
      () => plan({ timing: "D13" }),
      'pins.timing: board "b-l475e-iot01a" has no pin D13',
      "`pinfer boards` lists its pins",
    ],
    [
      "the link's pins",
      () => plan({ inputs: [{ pin: "PC0" }, { pin: "PB7" }] }),
      'pins.inputs[1]: pin PB7 of "b-l475e-iot01a" is taken: USART1 RX, the link',
      "choose another pin",
    ],
    [
      "a pin used twice, by another name too",
      () => plan({ inputs: [{ pin: "PC0" }, { pin: "PA5" }] }),
      'pins.outputs[0]: pin PA5 of "b-l475e-iot01a" is taken: pins.inputs[1]',
      "choose another pin",
    ],
    [
      "an analog input where the ADC is not",
      () => plan({ inputs: [{ pin: "PC0" }, { pin: "PD2", analog: [0, 1] }] }, "nucleo-f103rb"),
      'pins.inputs[1]: the ADC of "nucleo-f103rb" cannot read pin PD2',
      "it reads PA0, PA1, PA2, PA3, PA4, PA5, PA6, PA7, PB0, PB1, PC0, PC1, PC2, PC3, PC4, PC5",
    ],
    [
      "values that are one integer",
      () => plan({ inputs: [{ pin: "PC0", off: 2, on: 3 }, { pin: "PC1" }] }),
      "pins.inputs[0]: off 2 and on 3 are the same integer, 127, to the network",
      "choose values that differ as those of the training data do",
    ],
    [
      "a range far from the network's",
      () => plan({ inputs: [{ pin: "PC0" }, { pin: "PC1", analog: [-1e6, 1e6] }] }),
      "pins.inputs[1]: [-1000000, 1000000] is far wider than what the network takes, 0 to 1",
      "give the values of the training data's unit at 0 V and at the reference voltage",
    ],
    [
      "an output the network does not have",
      () => plan({ outputs: [{ pin: "LED", class: 3 }] }),
      "pins.outputs[0] asks for output 3; the network has 3, numbered from 0",
      undefined,
    ],
    [
      "a threshold that is never reached",
      () => plan({ outputs: [{ pin: "LED", threshold: 1.2 }] }),
      "pins.outputs[0] would never switch on: the network's output goes from -1.38 to 1.17, " +
        "the pin switches on at 1.2 and off below 1.2",
      "choose another threshold, or less hysteresis",
    ],
    [
      "hysteresis below the least output",
      () => plan({ outputs: [{ pin: "LED", threshold: -1, hysteresis: 1 }] }),
      "pins.outputs[0] would never switch off: the network's output goes from -1.38 to 1.17, " +
        "the pin switches on at -0.5 and off below -1.5",
      "choose another threshold, or less hysteresis",
    ],
  ];

  it.each(refused)("refuses %s", (_, make, message, hint) => {
    expect(make).toThrow(expect.objectContaining({ name: "UserError", message, hint }));
  });
});
