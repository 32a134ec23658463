import type { Command } from "commander";
import { oneLine, shortened } from "../base/printable.js";
import type { Hello, RunResult } from "../link/messages.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, printJson, printText, printWarnings } from "./commandLine.js";
import { addDeviceOptions, connect, type DeviceChoice } from "./connect.js";
import { expectOutputs } from "./expectOutputs.js";
import { addDivideOption, type InputChoice, tellByPosition } from "./inputs.js";
import { startPace } from "./pace.js";
import { expectNpz, outputsByPort, type PortOutputs, readSamplesOf, writeOutputsOf } from "./portInputs.js";
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
    .option("-o, --output <file>", "write the integer outputs as .npy; several as .npz")
    .option("--json", "print JSON", false)
    .action(async (modelPath: string | undefined, options: InferOptions) => {
      await expectOutputs(options.output);
      const model = modelPath === undefined ? undefined : await readQuantizedModel(modelPath, "any");
      const connection = await connect(options, model?.quantized);
      try {
        const [{ planProgram }, { describeProgram }] = await Promise.all([
          import("../plan/planProgram.js"),
          import("../link/describeProgram.js"),
        ]);
        const hello = await connection.device.hello(model && describeProgram(planProgram(model.quantized)));
        const sequences = hello.network.stateBytes > 0;
        expectNpz(options.output, hello.network.outputs);
        const read = await readSamplesOf(
          options.input,
          hello.network.inputs,
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
        const outputs = outputsByPort(
          results.map(({ output }) => output),
          hello.network.outputs,
        );
        if (options.output !== undefined) await writeOutputsOf(options.output, outputs, read.steps);
        await print(hello, results, outputs, model?.classNames, options.json ? warnings : undefined);
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

/** @param warnings as JSON has them; undefined for text */
async function print(
  hello: Hello,
  results: readonly RunResult[],
  outputs: readonly PortOutputs[],
  classNames: readonly string[] | undefined,
  warnings: readonly string[] | undefined,
): Promise<void> {
  const { argmax } = await import("../compare/metrics.js");
  const counts = hello.counterKind !== "none";
  const ofPort = ({ elementType, integers, reals }: PortOutputs, sample: number) => ({
    [elementType]: [...integers[sample]],
    real: [...reals[sample]],
    argmax: argmax(integers[sample]),
  });
  const isOne = outputs.length === 1;
  const rows = results.map(({ ticks }, sample) => ({
    values: outputs.map((port) => ofPort(port, sample)),
    ...(counts ? { ticks } : {}),
  }));
  if (warnings !== undefined) {
    const { name, hash } = hello.network;
    printJson({
      ...{ network: { name, hash }, board: hello.boardId, counter: hello.counterKind },
      ...(classNames && { classNames }),
      samples: rows.map(({ values, ...ticks }) => ({
        ...(isOne
          ? values[0]
          : { outputs: Object.fromEntries(outputs.map(({ name: port }, i) => [port, values[i]])) }),
        ...ticks,
      })),
      warnings,
    });
    return;
  }
  const { formatCount, renderTable } = await import("../base/table.js");
  const shown = 20;
  const table = renderTable(
    [
      { title: "sample", align: "right" },
      ...(isOne ? [] : [{ title: "of", align: "left" } as const]),
      { title: "largest", align: "right" },
      { title: "output", align: "left" },
      ...(counts ? [{ title: hello.counterKind, align: "right" } as const] : []),
    ],
    rows.slice(0, shown).flatMap(({ values, ticks }, sample) =>
      values.map((row, port) => [
        String(sample),
        ...(isOne ? [] : [shortened(outputs[port].name, 30)]),
        shortened(classNames?.[row.argmax] ?? String(row.argmax), 30),
        row.real
          .slice(0, 12)
          .map((value) => Number(value.toPrecision(4)))
          .join(" "),
        ...(ticks === undefined ? [] : [formatCount(ticks)]),
      ]),
    ),
  );
  const rest = rows.length > shown ? `\n… and ${rows.length - shown} more: --json or -o shows all` : "";
  printText(`${oneLine`"${hello.network.name}" on ${hello.boardId}`}\n\n${table}${rest}`);
}
