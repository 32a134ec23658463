import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { UserError, type Warning } from "../base/errors.js";
import type { Device } from "../link/device.js";
import type { Hello } from "../link/messages.js";
import { expectOnePort, onePortHint, onlyInput, onlyOutput } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import { stopOnSignal } from "./atEnd.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, printWarnings } from "./commandLine.js";
import { addDeviceOptions, connect, type DeviceChoice, readCount } from "./connect.js";
import { addDivideOption, type InputChoice, readInputs, tellByPosition } from "./inputs.js";
import { type QuantizedModel, readQuantizedModel } from "./readModel.js";

interface MonitorCommandOptions extends DeviceChoice, InputChoice {
  readonly input?: string;
  readonly random: boolean;
  readonly seed: number;
  readonly watch: boolean;
  readonly every: number;
  readonly count?: number;
  readonly classes?: string[];
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("monitor")
    .description("show inputs, outputs, class, time and link errors of a device as they happen, until Ctrl-C")
    .argument("[model]", "model.json to export for --virtual and --host-c; a board on a port has its own")
    .option("--input <file>", "infer these samples over and over: .npy, .npz, .csv or IDX")
    .option("--random", "infer random inputs; the default with --virtual and --host-c", false)
    .option("--seed <n>", "of the random inputs", readSeed, 1)
    .option("--watch", "infer nothing: show what the board infers on its own; the default with --port", false)
    .option("--every <ms>", "milliseconds from an inference, or a look, to the next", readCount, 200)
    .option("--count <n>", "end after n inferences", readCount)
    .option("--classes <names>", "names of the outputs: off,on; default the model's", (text: string) =>
      text.split(","),
    )
    .option("--json", "print one JSON object a line", false)
    .action(run);
  addDeviceOptions(addDivideOption(command));
  addExamples(command, [
    "pinfer monitor --port /dev/ttyACM0",
    "pinfer monitor model.json --port /dev/ttyACM0",
    "pinfer monitor --port /dev/ttyACM0 --input samples.csv --every 1000",
    "pinfer monitor model.json --virtual --count 20",
    "pinfer monitor model.json --virtual --input samples.npy --classes off,on --json",
  ]);
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
    throw new InvalidArgumentError("Expected an integer 0..4294967295.");
  return seed;
}

async function run(modelPath: string | undefined, options: MonitorCommandOptions): Promise<void> {
  expectOneSource(options);
  const model = modelPath === undefined ? undefined : await readQuantizedModel(modelPath);
  const connection = await connect(options, model?.quantized);
  const { device } = connection;
  const signal = stopOnSignal();
  try {
    const [{ planProgram }, { describeProgram }] = await Promise.all([
      import("../plan/planProgram.js"),
      import("../link/describeProgram.js"),
    ]);
    const hello = await device.hello(model && describeProgram(planProgram(model.quantized)));
    expectOnePort(hello.network, "`pinfer monitor`", onePortHint);
    const classes = expectClasses(options.classes, hello, model?.classNames);
    const { nextInput, ...source } = await chooseInputs(options, hello, model);
    const { healthTroubles } = await import("../link/healthMessages.js");
    const health = await device.health();
    const troubles = health === undefined ? [] : healthTroubles(health);
    const warnings = printWarnings([...source.warnings, ...troubles.map((message) => ({ message }))]);
    if (nextInput === undefined) await expectOwnInferences(device);
    const [{ monitorDevice }, { startMonitorView }] = await Promise.all([
      import("../link/monitorDevice.js"),
      import("./monitorView.js"),
    ]);
    const view = startMonitorView({
      hello,
      classes,
      threshold: model?.quantized.outputs[0]?.threshold,
      description: connection.description,
      json: options.json,
      warnings,
    });
    try {
      for await (const event of monitorDevice({
        ...{ device, hello, intervalMs: options.every, signal },
        ...(nextInput === undefined ? {} : { nextInput }),
        ...(options.count === undefined ? {} : { count: options.count }),
      })) {
        view.show(event);
      }
    } finally {
      view.end();
    }
  } finally {
    // what Ctrl-C ended too, such as firmware of this computer, closes with an error that is none
    await connection.close().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

function expectOneSource({ input, random, watch }: MonitorCommandOptions): void {
  const named = [input !== undefined, random, watch].filter(Boolean).length;
  if (named > 1) {
    throw new UserError(
      `expected one of --input, --random and --watch, found ${named}`,
      "--watch shows what the board infers on its own; the others give it inputs",
    );
  }
}

/** Only pins make a board infer without being asked: without them a watch would wait for ever. */
async function expectOwnInferences(device: Device): Promise<void> {
  if ((await device.describePins()) !== undefined) return;
  throw new UserError(
    `${device.name} does not infer on its own: its firmware has no pin map`,
    "give it inputs: --random, or --input samples.npy",
  );
}

function expectClasses(
  classes: readonly string[] | undefined,
  { network }: Hello,
  ofModel: readonly string[] | undefined,
): readonly string[] {
  const outputs = onlyOutput(network).shape.reduce((product, size) => product * size, 1);
  if (classes !== undefined && classes.length !== outputs) {
    throw new UserError(
      `--classes names ${classes.length}; network "${network.name}" has ${outputs} outputs`,
      "give one name for each, with commas between",
    );
  }
  return classes ?? ofModel ?? Array.from({ length: outputs }, (_, i) => String(i));
}

interface InputSource {
  /** Undefined when the device finds its own. */
  readonly nextInput?: () => ActivationData;
  readonly warnings: readonly Warning[];
}

async function chooseInputs(
  { input, random, watch, port, seed, ...choice }: MonitorCommandOptions,
  { network }: Hello,
  model: QuantizedModel | undefined,
): Promise<InputSource> {
  if (input !== undefined) {
    const read = await readInputs(input, onlyInput(network), choice, model && columnsOf(model));
    const { samples } = read;
    if (samples.length === 0) throw new UserError(`${input} holds no samples`);
    let next = 0;
    return {
      nextInput: () => samples[next++ % samples.length]!,
      warnings: [...read.warnings, ...(model ? [] : tellByPosition(input, read))],
    };
  }
  if (watch || (port !== undefined && !random)) return { warnings: [] };
  const [{ Random }, { createActivation, integerRanges }] = await Promise.all([
    import("../base/random.js"),
    import("../network/elementTypes.js"),
  ]);
  const generator = new Random(seed);
  const { elementType, shape } = onlyInput(network);
  const [minimum, maximum] = integerRanges[elementType];
  const size = shape.reduce((product, length) => product * length, 1);
  const nextInput = () =>
    createActivation(elementType, size).map(() => minimum + generator.integer(maximum - minimum + 1));
  return { nextInput, warnings: [] };
}
