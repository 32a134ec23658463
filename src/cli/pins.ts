import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import type { PinReadings } from "../link/pinMessages.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { NamedPins } from "../pins/devicePins.js";
import type { PinMap } from "../pins/pinMap.js";
import { addExamples, exitCodeFailed, printJson, printText, printWarnings } from "./commandLine.js";
import { addDeviceOptions, type Connection, connect, type DeviceChoice } from "./connect.js";
import type { QuantizedModel } from "./readModel.js";

interface PinsOptions extends DeviceChoice {
  readonly set: readonly string[];
  readonly release: readonly string[];
  readonly watch: boolean;
  readonly input?: string;
  readonly json: boolean;
}

const collect = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

export function register(program: Command): void {
  const command = program
    .command("pins")
    .description("show and set the pins of a board, or try all inputs on emulated pins")
    .argument(
      "[model]",
      "model.json with a pin map; tries every combination of inputs against the host, or a recording where it has windows",
    )
    .option(
      "--set <pin=value>",
      "a level, 0 or 1, or 0 to 4095 for an analog input; may be repeated",
      collect,
      [],
    )
    .option("--release <pin>", "give it back to wire or program; may be repeated", collect, [])
    .option("--watch", "go on, a line whenever a pin changes", false)
    .option(
      "--input <file>",
      "a recording for a model with windows, one moment a line; default: pins that wander",
    )
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
    "pinfer pins gestures.json --virtual --input recordings/shake/shake-1.csv",
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
    const windows = await device.describeWindows();
    const { renderWindows } = await import("../pins/renderTrial.js");
    if (options.json) printJson({ ...(await describe(pins, readings)), ...(windows && { windows }) });
    else printText([await render(pins, readings), ...(windows ? [renderWindows(windows)] : [])].join("\n"));
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
  const { expectPinMap } = await import("../pins/tryPins.js");
  const model = await readQuantizedModel(path);
  const map = expectPinMap(path, model.pins);
  if (map.window === undefined && options.input !== undefined) {
    throw new UserError(
      `--input brings a recording to pins with windows; the pin map of ${path} has none`,
      "leave it out: every combination of inputs is tried",
    );
  }
  const connection = await connect({ ...options, withPins: true }, model.quantized, map);
  try {
    const { report, text } =
      map.window === undefined
        ? await tryCombinations(model.quantized, map, connection)
        : await tryMoments(model, map, connection, options.input);
    if (options.json) printJson({ device: connection.description, ...report });
    else printText(`${connection.description}\n\n${text}`);
    if (report.wrong > 0 || (report.wrongBetween ?? 0) > 0) process.exitCode = exitCodeFailed;
  } finally {
    await connection.close();
  }
}

/** What was tried, and as text. */
interface Tried {
  readonly report: { readonly wrong: number; readonly wrongBetween?: number };
  readonly text: string;
}

async function tryCombinations(
  network: QuantizedNetwork,
  map: PinMap,
  { built, device, emulatedPins }: Connection,
): Promise<Tried> {
  const { tryEveryInput } = await import("../pins/tryPins.js");
  const { renderTrial } = await import("../pins/renderTrial.js");
  const report = await tryEveryInput(network, map, built?.board, device, emulatedPins);
  return { report, text: renderTrial(report) };
}

/** Windows of which a recording that is made up has so many. */
const WANDERING_WINDOWS = 40;

async function tryMoments(
  model: QuantizedModel,
  map: PinMap,
  { built, device, emulatedPins }: Connection,
  input: string | undefined,
): Promise<Tried> {
  const [{ findBoard }, { describeProgram }, { planProgram }, { planPins }] = await Promise.all([
    import("../board/boards.js"),
    import("../link/describeProgram.js"),
    import("../plan/planProgram.js"),
    import("../pins/planPins.js"),
  ]);
  const [{ expectWindow, readingsOf, wanderingReadings }, { tryRecording }, { renderRecording }] =
    await Promise.all([
      import("../pins/momentReadings.js"),
      import("../pins/tryRecording.js"),
      import("../pins/renderTrial.js"),
    ]);
  const program = planProgram(model.quantized);
  const { boardId } = await device.hello(describeProgram(program));
  const board = built?.board ?? findBoard(boardId);
  const plan = planPins(map, program, board);
  const moments =
    input === undefined
      ? wanderingReadings(plan, WANDERING_WINDOWS)
      : readingsOf(map, plan, await readMoments(input, model, map.inputs.length), input);
  if (input !== undefined) expectWindow(moments, plan, input);
  printWarnings(moments.warnings);
  const report = await tryRecording(program, plan, device, emulatedPins, moments.readings);
  return { report, text: renderRecording(report) };
}

/** Real values, moment after moment; by the names of the channels where both know them. */
async function readMoments(path: string, model: QuantizedModel, pins: number): Promise<ArrayLike<number>> {
  const [{ readSamples }, { columnsOf }] = await Promise.all([
    import("../formats/samples.js"),
    import("./columnsOf.js"),
  ]);
  const columns = columnsOf(model);
  const { data, warnings } = readSamples(path, {
    shape: [pins],
    ...(columns?.inputs.length === pins && { columns }),
  });
  printWarnings(warnings);
  return data;
}
