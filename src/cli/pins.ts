import type { Command } from "commander";
import type { PinReadings } from "../link/pinMessages.js";
import type { NamedPins } from "../pins/devicePins.js";
import { addExamples, exitCodeFailed, printJson, printText } from "./commandLine.js";
import { addDeviceOptions, connect, type DeviceChoice } from "./connect.js";

interface PinsOptions extends DeviceChoice {
  readonly set: readonly string[];
  readonly release: readonly string[];
  readonly watch: boolean;
  readonly json: boolean;
}

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export function register(program: Command): void {
  const command = program
    .command("pins")
    .description("show and set the pins of a board, or try all inputs on emulated pins")
    .argument("[model]", "model.json with a pin map; tries every combination against the host's prediction")
    .option(
      "--set <pin=value>",
      "a level, 0 or 1, or 0 to 4095 for an analog input; may be repeated",
      collect,
      [],
    )
    .option("--release <pin>", "give it back to wire or program; may be repeated", collect, [])
    .option("--watch", "go on, a line whenever a pin changes", false)
    .option("--json", "print JSON", false)
    .action(async (model: string | undefined, options: PinsOptions) => {
      if (model === undefined) await showPins(options);
      else await tryPins(model, options);
    });
  addDeviceOptions(command);
  addExamples(command, [
    "pinfer pins --port /dev/ttyACM0",
    "pinfer pins --port /dev/ttyACM0 --watch",
    "pinfer pins --port /dev/ttyACM0 --set PC1=1 --release PA5",
    "pinfer pins light.json --virtual --board b-l475e-iot01a",
  ]);
}

async function showPins(options: PinsOptions): Promise<void> {
  const { changePins, expectPins } = await import("../pins/devicePins.js");
  const connection = await connect(options, undefined);
  try {
    const { device } = connection;
    const pins = await expectPins(device, connection.built?.board);
    await changePins(device, pins, options.set, options.release);
    const readings = await device.readPins();
    if (options.json) printJson(await describe(pins, readings));
    else printText(await render(pins, readings));
    if (options.watch) await watch(device, pins, readings);
  } finally {
    await connection.close();
  }
}

/** Runs until Ctrl-C. */
async function watch(
  device: { readPins(): Promise<PinReadings> },
  pins: NamedPins,
  start: PinReadings,
): Promise<void> {
  const { namesOf } = await import("../pins/devicePins.js");
  const names = namesOf(pins);
  let before = start;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
    const now = await device.readPins();
    const changes = now.pins.flatMap(({ level, reading, value }, index) => {
      const old = before.pins[index]!;
      const isAnalog = pins.inputs[index]?.kind === "analog";
      const shown = isAnalog ? reading : level;
      return shown === (isAnalog ? old.reading : old.level) ? [] : [`${names[index]} ${shown} (${value})`];
    });
    if (changes.length > 0) printText(`round ${now.rounds}: ${changes.join(", ")}`);
    before = now;
  }
}

const WATCH_MS = 50;

async function describe(pins: NamedPins, { rounds, ticks, pins: readings }: PinReadings): Promise<object> {
  const { namesOf } = await import("../pins/devicePins.js");
  const { pinName } = await import("../board/pinNames.js");
  const names = namesOf(pins);
  return {
    everyMs: pins.everyMs,
    timing: pins.timing === undefined ? null : pinName(pins.timing, pins.form),
    rounds,
    ticks,
    pins: [...pins.inputs, ...pins.outputs].map(({ kind, isActiveLow }, index) => ({
      ...{ pin: names[index], direction: index < pins.inputs.length ? "in" : "out", kind, isActiveLow },
      ...readings[index],
    })),
  };
}

async function render(pins: NamedPins, { rounds, ticks, pins: readings }: PinReadings): Promise<string> {
  const { renderTable } = await import("../base/table.js");
  const { namesOf } = await import("../pins/devicePins.js");
  const { pinName } = await import("../board/pinNames.js");
  const names = namesOf(pins);
  const inputs = pins.inputs.map(({ kind }, index) => ({ kind, what: `input ${index}` }));
  const outputs = pins.outputs.map(({ kind, element }) => ({ kind, what: `output ${element}` }));
  const table = renderTable(
    [
      { title: "pin", align: "left" },
      { title: "", align: "left" },
      { title: "of the network", align: "left" },
      { title: "level", align: "right" },
      { title: "int8", align: "right" },
      { title: "", align: "left" },
    ],
    [...inputs, ...outputs].map(({ kind, what }, index) => {
      const { level, reading, value, isSet } = readings[index]!;
      const shown = kind === "analog" ? `${reading} of 4095` : String(level);
      return [names[index]!, kind, what, shown, String(value), isSet ? "set by the host" : ""];
    }),
  );
  const timing =
    pins.timing === undefined ? "" : `; ${pinName(pins.timing, pins.form)} is high during inference`;
  return `${table}\n\nround ${rounds}, ${ticks} ticks, every ${pins.everyMs} ms${timing}`;
}

async function tryPins(path: string, options: PinsOptions): Promise<void> {
  const { readQuantizedModel } = await import("./readModel.js");
  const { expectPinMap, tryEveryInput } = await import("../pins/tryPins.js");
  const { quantized, pins } = await readQuantizedModel(path);
  const connection = await connect({ ...options, withPins: true }, quantized, expectPinMap(path, pins));
  try {
    const { built, device, emulatedPins } = connection;
    const report = await tryEveryInput(quantized, pins!, built?.board.id, device, emulatedPins);
    const { renderTrial } = await import("../pins/renderTrial.js");
    if (options.json) printJson({ device: connection.description, ...report });
    else printText(`${connection.description}\n\n${renderTrial(report)}`);
    if (report.wrong > 0) process.exitCode = exitCodeFailed;
  } finally {
    await connection.close();
  }
}
