import type { Device } from "../link/device.js";
import type { Hello } from "../link/messages.js";
import { expectLayers, runLayers } from "../link/runLayers.js";
import type { Program } from "../program.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";
import type { ActivationData } from "../quantizedNetwork.js";
import { runProgram } from "../runProgram.js";
import { elementCount, rowsOf, Tensor } from "../tensor.js";
import { forwardSamples } from "../train/forwardSamples.js";
import type { Network } from "../train/network.js";
import { compareAccuracy } from "./accuracy.js";
import { LayerComparer, type LayerListener } from "./layers.js";
import { computeMetrics } from "./metrics.js";
import { compareOutputs, type LayerDifference } from "./outputs.js";
import { type ComparisonReport, type MetricsRow, summarizeTicks } from "./report.js";

export interface CompareOptions {
  readonly program: Program;
  /** The network before quantization, to measure both sides against; undefined when the model has none. */
  readonly network: Network | undefined;
  readonly device: Device;
  /** How the device was reached: "QEMU netduinoplus2". */
  readonly deviceDescription: string;
  /** [samples][elements], of the input's element type */
  readonly inputs: readonly ActivationData[];
  /** Class numbers, one a sample. */
  readonly labels: Int32Array | undefined;
  /** Compare every layer's output too, of all samples. */
  readonly layers?: boolean;
  /** Called with every layer's output where they are compared. */
  readonly onLayer?: LayerListener;
  /** Called after every sample. */
  readonly onProgress?: (samplesDone: number) => void;
}

/** What each layer gives for one input, on the host. */
function hostLayers(program: Program, input: ActivationData): Int8Array[] {
  const layers: Int8Array[] = [];
  runProgram(program, input, (_, output) => layers.push(output.slice()));
  return layers;
}

async function compareLayers(
  comparer: LayerComparer,
  { program, device, inputs }: CompareOptions,
  sample: number,
): Promise<void> {
  const input = inputs[sample]!;
  const results = await runLayers(device, program.calls.length, input);
  comparer.add(
    sample,
    hostLayers(program, input),
    results.map(({ output }) => output),
  );
}

/** The first layer whose output differs for an input, found by running the device layer by layer. */
async function findDifferingLayer(options: CompareOptions, sample: number): Promise<LayerDifference | null> {
  const comparer = new LayerComparer(options.program);
  await compareLayers(comparer, options, sample);
  return comparer.firstDifference;
}

/**
 * Requests are numbered, and a number or a checksum with a byte that frames escape takes one byte more. A device that
 * wakes is asked for its hello once or a few times; from this number on all requests have the same bytes every time.
 */
const countedFrom = 8;

async function helloBeforeCounting(device: Device): Promise<Hello> {
  let hello = await device.hello();
  while (device.statistics.requests < countedFrom) hello = await device.hello();
  return hello;
}

/**
 * Runs the same inputs through the host's oracle and a device and reports where they part.
 *
 * @throws UserError when the device carries another network, or the link fails
 */
export async function compareDevice(options: CompareOptions): Promise<ComparisonReport> {
  const { program, network, device, inputs, labels, onProgress } = options;
  const start = performance.now();
  const hello = await helloBeforeCounting(device);
  expectLayers(hello, program);
  const before = { ...device.statistics };
  const host: Int8Array[] = [];
  const onDevice: Int8Array[] = [];
  const ticks: number[] = [];
  const comparer = options.layers ? new LayerComparer(program, options.onLayer) : undefined;
  for (const [index, input] of inputs.entries()) {
    const result = await device.run(input);
    host.push(runProgram(program, input));
    onDevice.push(result.output);
    ticks.push(result.ticks);
    if (comparer) await compareLayers(comparer, options, index);
    onProgress?.(index + 1);
  }
  const after = device.statistics;
  const layerBytes = program.calls.reduce((sum, { output }) => sum + output.bytes, program.input.bytes);
  const sampleBytes = program.input.bytes + program.output.bytes + (comparer ? layerBytes : 0);
  const payloadBytes = inputs.length * sampleBytes;
  const totalBytes = after.bytesSent - before.bytesSent + after.bytesReceived - before.bytesReceived;
  const outputs = compareOutputs(host, onDevice);
  const difference = outputs.firstDifference;
  const reals = (rows: readonly Int8Array[]) => rows.map((row) => dequantizeTensor(row, program.output));
  const [hostReals, deviceReals] = [reals(host), reals(onDevice)];
  const floats = network && floatOutputs(network, program, inputs);
  const row = (predicted: string, reference: string, p: Float32Array[], r: Float32Array[]): MetricsRow => ({
    predicted,
    reference,
    metrics: computeMetrics(r, p),
  });
  return {
    model: { name: program.name, hash: program.hash },
    device: { board: hello.boardId, description: options.deviceDescription },
    outputs,
    firstDifferingLayer: comparer
      ? comparer.firstDifference
      : difference && (await findDifferingLayer(options, difference.sample)),
    layers: comparer?.comparisons ?? null,
    accuracy: labels ? compareAccuracy(labels, { float: floats ?? null, host, device: onDevice }) : null,
    metrics: [
      ...(floats
        ? [
            row("host int8", "float network", hostReals, floats),
            row("device", "float network", deviceReals, floats),
          ]
        : []),
      row("device", "host int8", deviceReals, hostReals),
    ],
    ticks: hello.counterKind === "none" ? null : summarizeTicks(hello.counterKind, ticks),
    link: { payloadBytes, totalBytes, retries: after.retries - before.retries },
    time: { seconds: (performance.now() - start) / 1000 },
  };
}

/** The float network's outputs for the real values that the int8 inputs stand for. */
function floatOutputs(network: Network, program: Program, inputs: readonly ActivationData[]): Float32Array[] {
  const samples = Tensor.zeros([inputs.length, ...network.inputShape], network.dtype);
  const size = elementCount(network.inputShape);
  for (const [sample, input] of inputs.entries()) {
    samples.data.set(dequantizeTensor(input, program.input), sample * size);
  }
  return rowsOf(forwardSamples(network, samples)).map((row) => Float32Array.from(row));
}
