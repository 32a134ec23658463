import type { Command } from "commander";
import { oneLine, shortened } from "../base/printable.js";
import type { Hello, RunResult } from "../link/messages.js";
import { toUserOrder, userShape } from "../network/axisOrder.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, printJson, printText, printWarnings } from "./commandLine.js";
import { addDeviceOptions, connect, type DeviceChoice } from "./connect.js";
import { expectOutputs } from "./expectOutputs.js";
import { addDivideOption, type InputChoice, readInputs, tellByPosition } from "./inputs.js";
import { startPace } from "./pace.js";
import { addQuietOption, startProgress } from "./progress.js";
import { readQuantizedModel } from "./readModel.js";

interface InferOptions extends DeviceChoice, InputChoice {
  readonly input: string;
  readonly output?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("infer")
    .description("run samples on a device and show what it gives")
    .argument(
      "[model]",
      "model.json of the network on the device: knows the names of its columns and classes",
    )
    .requiredOption(
      "--input <file>",
      "samples: .npy, .npz, .csv or IDX; int8 (uint8 where the network takes that) as they are, others as real values",
    )
    .option("-o, --output <file>", "write the int8 outputs as .npy")
    .option("--json", "print JSON", false)
    .action(async (modelPath: string | undefined, options: InferOptions) => {
      await expectOutputs(options.output);
      const model = modelPath === undefined ? undefined : await readQuantizedModel(modelPath, "kept");
      const connection = await connect(options, model?.quantized);
      try {
        const [{ planProgram }, { describeProgram }] = await Promise.all([
          import("../plan/planProgram.js"),
          import("../link/describeProgram.js"),
        ]);
        const hello = await connection.device.hello(model && describeProgram(planProgram(model.quantized)));
        const sequences = hello.network.stateBytes > 0;
        const read = await readInputs(
          options.input,
          onlyInput(hello.network),
          { ...options, sequences },
          model && columnsOf(model),
        );
        const inputs = read.samples;
        const warnings = printWarnings([
          ...read.warnings,
          ...(model ? [] : tellByPosition(options.input, read)),
        ]);
        const progress = startProgress("samples", inputs.length);
        const pace = startPace(inputs.length);
        const results: RunResult[] = [];
        try {
          const { runAhead } = await import("../link/runAhead.js");
          const { runSequences } = await import("../link/runSequence.js");
          const { device } = connection;
          const answers = sequences ? runSequences(device, inputs, read.steps!) : runAhead(device, inputs);
          for await (const batch of answers) {
            results.push(...batch.results);
            progress.update(results.length, pace(results.length));
          }
        } finally {
          progress.stop();
        }
        if (options.output !== undefined) await writeOutputs(options.output, hello, results, read.steps);
        await print(hello, results, model?.classNames, options.json ? warnings : undefined);
      } finally {
        await connection.close();
      }
    });
  addDeviceOptions(addDivideOption(addQuietOption(command)));
  addExamples(command, [
    "pinfer infer --port /dev/ttyACM0 --input samples.csv",
    "pinfer infer model.json --port /dev/ttyACM0 --input samples.csv",
    "pinfer infer --virtual --firmware firmware --input samples.npy -o outputs.npy",
  ]);
}

/** @param steps of a sequence, where the network keeps states: several are [sequences, steps, ...] */
async function writeOutputs(
  path: string,
  hello: Hello,
  results: readonly RunResult[],
  steps = results.length,
): Promise<void> {
  const { writeNpy } = await import("../formats/samples.js");
  const { shape, axes } = onlyOutput(hello.network);
  const size = results[0]?.output.length ?? 0;
  const outputs = new Int8Array(results.length * size);
  for (const [sample, { output }] of results.entries()) outputs.set(output, sample * size);
  const count = steps === results.length ? [steps] : [results.length / steps, steps];
  writeNpy(path, toUserOrder(outputs, shape, axes), [...count, ...userShape(shape, axes)]);
}

/** @param warnings as JSON has them; undefined for text */
async function print(
  hello: Hello,
  results: readonly RunResult[],
  classNames: readonly string[] | undefined,
  warnings: readonly string[] | undefined,
): Promise<void> {
  const { dequantizeTensor } = await import("../quantize/quantizeTensor.js");
  const { argmax } = await import("../compare/metrics.js");
  const counts = hello.counterKind !== "none";
  const port = onlyOutput(hello.network);
  const rows = results.map(({ output: ours, ticks }) => {
    const output = toUserOrder(ours, port.shape, port.axes);
    return {
      int8: [...output],
      real: [...dequantizeTensor(output, port)],
      argmax: argmax(output),
      ...(counts ? { ticks } : {}),
    };
  });
  if (warnings !== undefined) {
    const { name, hash } = hello.network;
    printJson({
      ...{ network: { name, hash }, board: hello.boardId, counter: hello.counterKind },
      ...(classNames && { classNames }),
      samples: rows,
      warnings,
    });
    return;
  }
  const { formatCount, renderTable } = await import("../base/table.js");
  const shown = 20;
  const table = renderTable(
    [
      { title: "sample", align: "right" },
      { title: "largest", align: "right" },
      { title: "output", align: "left" },
      ...(counts ? [{ title: hello.counterKind, align: "right" } as const] : []),
    ],
    rows.slice(0, shown).map((row, sample) => [
      String(sample),
      shortened(classNames?.[row.argmax] ?? String(row.argmax), 30),
      row.real
        .slice(0, 12)
        .map((value) => Number(value.toPrecision(4)))
        .join(" "),
      ...(row.ticks === undefined ? [] : [formatCount(row.ticks)]),
    ]),
  );
  const rest = rows.length > shown ? `\n… and ${rows.length - shown} more: --json or -o shows all` : "";
  printText(`${oneLine`"${hello.network.name}" on ${hello.boardId}`}\n\n${table}${rest}`);
}
