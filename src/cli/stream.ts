import { type Command, InvalidArgumentError } from "commander";
import { oneLine } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { NetworkSummary } from "../program/summarize.js";
import type { StreamedNetwork } from "../stream/streamNetwork.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { readCount } from "./connect.js";
import { expectOutputs } from "./expectOutputs.js";
import { readQuantizedModel } from "./readModel.js";

interface StreamCommandOptions {
  readonly output?: string;
  readonly hop?: number;
  readonly detect?: number;
  readonly average?: number;
  readonly holdOff?: number;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("stream")
    .description("make of a network of windows one that takes rows as they come, and gives the same bytes")
    .argument("<model>", "model.json")
    .option("-o, --output <file>", "where to write; default: <model>.stream.json")
    .option("--hop <rows>", "rows that a run takes; default: as few as its strides allow", readCount)
    .option("--detect <probability>", "tell too which class is heard: its mean is over this", readProbability)
    .option("--average <runs>", "of so many runs' probabilities", readCount, 5)
    .option("--hold-off <rows>", "quiet rows before the next, and before the first", readCount, 74)
    .option("--json", "print JSON", false)
    .action(run);
  addExamples(command, [
    "pinfer stream model.json",
    "pinfer stream model.json --hop 8 -o live.json",
    "pinfer stream words.json --detect 0.9 --average 10 --hold-off 100",
    "pinfer export-firmware model.stream.json --board nucleo-f446re",
  ]);
}

function readProbability(text: string): number {
  const probability = text.trim() === "" ? Number.NaN : Number(text);
  if (!(probability >= 0 && probability < 1)) {
    throw new InvalidArgumentError("Expected a probability of 0 to less than 1.");
  }
  return probability;
}

async function run(path: string, options: StreamCommandOptions): Promise<void> {
  const { output, hop, json } = options;
  const model = await readQuantizedModel(path, "any");
  const file = output ?? `${path.replace(/\.json$/, "")}.stream.json`;
  await expectOutputs(file);
  const { streamNetwork } = await import("../stream/streamNetwork.js");
  const { planProgram } = await import("../plan/planProgram.js");
  const { summarizeNetwork } = await import("../program/summarize.js");
  const { writeModel } = await import("../model/modelFile.js");
  const streamed = streamNetwork(model.quantized, { ...(hop !== undefined && { hop }) });
  const stream = { ...streamed, network: await withDetection(streamed, options) };
  const [before, after] = [model.quantized, stream.network].map((network) =>
    summarizeNetwork(planProgram(network)),
  ) as [NetworkSummary, NetworkSummary];
  const { network: _, pins: __, ...told } = model;
  writeModel(file, { ...told, network: undefined, quantized: stream.network });
  const { fillRuns = 0 } = stream.network;
  if (json) {
    const { hash, macs, arenaBytes } = after;
    const facts = { hop: stream.hop, window: stream.window, fillRuns, notes: stream.notes };
    printJson({ model: file, hash, ...facts, macs, arenaBytes });
    return;
  }
  printText(
    [
      ...describe(stream, before, after),
      "",
      `${file} is written (${after.hash.slice(0, 8)})`,
      next(file),
    ].join("\n"),
  );
}

async function withDetection(
  { network, hop }: StreamedNetwork,
  { detect, average = 5, holdOff = 74 }: StreamCommandOptions,
): Promise<QuantizedNetwork> {
  if (detect === undefined) return network;
  const { addDetection } = await import("../stream/addDetection.js");
  return addDetection(network, {
    ...{ cutoff: Math.trunc(detect * 255), window: average, holdOff, frames: hop },
  });
}

function describe(stream: StreamedNetwork, before: NetworkSummary, after: NetworkSummary): string[] {
  const { fillRuns = 0 } = stream.network;
  const rows = `${formatCount(stream.hop)} ${stream.hop === 1 ? "row" : "rows"}`;
  return [
    oneLine`"${after.name}" takes ${rows} a run; its answers count from run ${fillRuns + 1} after a reset on`,
    `MACs: ${formatCount(after.macs)} a run; a whole window takes ${formatCount(before.macs)}`,
    `RAM: ${formatCount(after.arenaBytes)} B of arena; a whole window takes ${formatCount(before.arenaBytes)}`,
    ...stream.network.layers
      .filter(({ kind }) => kind === "audioStream")
      .map(
        ({ name }) =>
          oneLine`layer "${name}": its noise goes on from run to run, where a window begins with none`,
      ),
    ...stream.notes.map(
      ({ layer, why }) => oneLine`layer "${layer}" runs on the whole window each time: it ${why}`,
    ),
  ];
}

const next = (file: string): string =>
  `next: pinfer summary ${file}; a sample of it is a sequence: pinfer compare ${file} --virtual --input sequences.npy`;
