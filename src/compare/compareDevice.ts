import { elementCount, rowsOf, Tensor } from "../base/tensor.js";
import { describeProgram } from "../link/describeProgram.js";
import type { Device, RunAnswer } from "../link/device.js";
import { runAheadTotal } from "../link/runAhead.js";
import { expectLayers, runLayers } from "../link/runLayers.js";
import { runSequences } from "../link/runSequence.js";
import { addTicks, totalTicks } from "../link/totalTicks.js";
import { onlyInput, portBytes, splitPorts } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import { createRunner, type Runner } from "../program/runner.js";
import { runProgram } from "../program/runProgram.js";
import { resetStates, stateBytes } from "../program/states.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";
import { forwardSamples } from "../train/fitting/forwardSamples.js";
import type { Network } from "../train/network/network.js";
import { compareAccuracy } from "./accuracy.js";
import {
  type ComparisonState,
  type ComparisonStore,
  comparisonKey,
  decodeState,
  emptyState,
  encodeState,
} from "./compareState.js";
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
  /** SHA-256 of what the device's firmware was built from; "" where that was done elsewhere. */
  readonly firmware?: string;
  /** [samples][elements], of the input's element type */
  readonly inputs: readonly ActivationData[];
  /** Of a sequence, where the network keeps states: inputs are the steps of all sequences, one behind the other. */
  readonly steps?: number | undefined;
  /** Class numbers, one a sample. */
  readonly labels: Int32Array | undefined;
  /** What the classes are called, one name for each output. */
  readonly classNames?: readonly string[] | undefined;
  /** Compare every layer's output too, of all samples. */
  readonly layers?: boolean;
  /** Called with every layer's output where they are compared. */
  readonly onLayer?: LayerListener;
  /** Keeps what is done, and has what was kept when an earlier comparison was cut. */
  readonly store?: ComparisonStore;
  /** Called after every sample, or after some. */
  readonly onProgress?: (samplesDone: number) => void;
}

/** What each layer gives for one input, on the host. */
function hostLayers(runner: Runner, input: ActivationData): ActivationData[] {
  const layers: ActivationData[] = [];
  runner.run(input, (_, output) => layers.push(output.slice()));
  return layers;
}

async function compareLayers(
  comparer: LayerComparer,
  { program, device, inputs, steps }: CompareOptions,
  runner: Runner,
  sample: number,
): Promise<readonly RunAnswer[]> {
  const input = inputs[sample]!;
  const states = steps === undefined ? undefined : statesBefore(program, inputs, sample, steps);
  const results = await runLayers(
    device,
    program.calls.map(({ output }) => output),
    input,
    states,
  );
  comparer.add(
    sample,
    states === undefined ? hostLayers(runner, input) : layersOfStep(program, input, states),
    results.map(({ output }) => output),
  );
  return results;
}

/** What the host's network keeps before a step. */
function statesBefore(
  program: Program,
  inputs: readonly ActivationData[],
  sample: number,
  steps: number,
): Uint8Array {
  const states = resetStates(program);
  for (let before = sample - (sample % steps); before < sample; before++)
    runProgram(program, inputs[before]!, undefined, states);
  return states;
}

/** What each layer gives on the host; the states stay as they are. */
function layersOfStep(program: Program, input: ActivationData, states: Uint8Array): ActivationData[] {
  const layers: ActivationData[] = [];
  runProgram(program, input, (_, output) => layers.push(output.slice()), states.slice());
  return layers;
}

/** The first layer whose output differs for an input, found by running the device layer by layer. */
async function findDifferingLayer(
  options: CompareOptions,
  runner: Runner,
  sample: number,
): Promise<LayerDifference | null> {
  const comparer = new LayerComparer(options.program, undefined, undefined, options.steps);
  await compareLayers(comparer, options, runner, sample);
  return comparer.firstDifference;
}

/** Requests of the device's own come before; from this number on the same samples take the same bytes every time. */
const FIRST_NUMBER = 8;
/** All steps of one sequence after the other. */
async function compareSequences(
  options: CompareOptions,
  runner: Runner,
  state: ComparisonState,
  comparer: LayerComparer | undefined,
  onSamples: () => void,
): Promise<void> {
  const { program, device, inputs, steps = 1 } = options;
  const done = state.device.length / steps;
  const layerRequests = comparer === undefined ? 0 : steps * program.calls.length;
  device.numberFrom(FIRST_NUMBER + done * (Math.ceil(steps / device.batchSize) + layerRequests));
  let { retries } = device.statistics;
  for await (const { results, lineBytes } of runSequences(device, inputs.slice(state.device.length), steps)) {
    const first = state.device.length;
    const sequence = inputs.slice(first, first + steps);
    state.lineBytes += lineBytes;
    for (const step of comparer === undefined ? [] : sequence.keys()) {
      const layers = await compareLayers(comparer!, options, runner, first + step);
      state.lineBytes += layers.reduce((sum, layer) => sum + layer.lineBytes, 0);
    }
    runner.reset();
    state.host.push(...sequence.map((input) => runner.run(input)));
    state.device.push(...results.map(({ output }) => output));
    state.ticks = addTicks(state.ticks, totalTicks(results.map(({ ticks }) => ticks)));
    state.retries += device.statistics.retries - retries;
    retries = device.statistics.retries;
    state.layers = comparer?.comparisons ?? null;
    state.firstDifference = comparer?.firstDifference ?? null;
    onSamples();
  }
}

/** Compares what is left of the samples; `state` holds what is done, also when the link fails. */
async function compareSamples(
  options: CompareOptions,
  runner: Runner,
  state: ComparisonState,
  comparer: LayerComparer | undefined,
  onSamples: () => void,
): Promise<void> {
  const { program, device, inputs } = options;
  const first = state.device.length;
  const requests = comparer ? first * (1 + program.calls.length) : first / device.batchSize;
  device.numberFrom(FIRST_NUMBER + requests);
  let { retries } = device.statistics;
  // Layers of one sample come between two runs.
  const answers = runAheadTotal(device, inputs.slice(first), comparer === undefined);
  for await (const { outputs, ticks, lineBytes } of answers) {
    const sample = state.device.length;
    const layers = comparer ? await compareLayers(comparer, options, runner, sample) : [];
    for (const i of outputs.keys()) state.host.push(runner.run(inputs[sample + i]!));
    state.device.push(...outputs);
    state.ticks = addTicks(state.ticks, ticks);
    state.lineBytes += layers.reduce((sum, layer) => sum + layer.lineBytes, lineBytes);
    state.retries += device.statistics.retries - retries;
    retries = device.statistics.retries;
    state.layers = comparer?.comparisons ?? null;
    state.firstDifference = comparer?.firstDifference ?? null;
    onSamples();
  }
}

/**
 * Runs the same inputs through the host's oracle and a device and reports where they part.
 *
 * @throws UserError when the device carries another network, the link fails, or what was kept is of something else
 */
export async function compareDevice(options: CompareOptions): Promise<ComparisonReport> {
  const { program, network, device, inputs, labels, onProgress, store, steps } = options;
  const start = performance.now();
  const hello = await device.hello(describeProgram(program));
  expectLayers(hello, program);
  const image =
    store && hello.imageBytes > 0 ? await device.memoryChecksum(hello.imageAddress, hello.imageBytes) : 0;
  const { firmware = "", layers = false } = options;
  const key = comparisonKey(program, hello, { ...options, image, firmware, layers });
  const kept = store?.read();
  const state = kept === undefined ? emptyState() : decodeState(store!.place, kept, key, program);
  const { layers: layersBefore, firstDifference } = state;
  const comparer = options.layers
    ? new LayerComparer(
        program,
        options.onLayer,
        layersBefore ? { layers: layersBefore, firstDifference } : undefined,
        steps,
      )
    : undefined;
  const runner = await createRunner(program, inputs.length - state.device.length);
  const compareAll = steps === undefined ? compareSamples : compareSequences;
  await compareAll(options, runner, state, comparer, () => {
    store?.write(() => encodeState(key, state));
    onProgress?.(state.device.length);
  });
  const { host, device: onDevice, ticks } = state;
  const layerBytes = program.calls.reduce(
    (sum, { output }) => sum + output.bytes,
    portBytes(program.inputs) + stateBytes(program),
  );
  const sampleBytes = portBytes(program.inputs) + portBytes(program.outputs) + (comparer ? layerBytes : 0);
  const payloadBytes = inputs.length * sampleBytes;
  const outputs = compareOutputs(host, onDevice, steps);
  const several = program.outputs.length > 1 ? program.outputs : [];
  const ports = several.map(({ name, bytes, shape }) => ({ name, bytes, values: elementCount(shape) }));
  const difference = outputs.firstDifference;
  const reals = (rows: readonly ActivationData[]) => rows.map((row) => realOutputs(program, row));
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
    outputs: several.length === 0 ? outputs : { ...outputs, ports },
    firstDifferingLayer: comparer
      ? comparer.firstDifference
      : difference && (await findDifferingLayer(options, runner, difference.sample)),
    layers: comparer?.comparisons ?? null,
    accuracy: labels
      ? compareAccuracy(labels, { float: floats ?? null, host, device: onDevice }, options.classNames ?? null)
      : null,
    metrics: [
      ...(floats
        ? [
            row("host int8", "float network", hostReals, floats),
            row("device", "float network", deviceReals, floats),
          ]
        : []),
      ...(several.length === 0
        ? [row("device", "host int8", deviceReals, hostReals)]
        : several.map(({ name }, port) => {
            const its = (rows: Float32Array[]) => rows.map((values) => splitPorts(values, several)[port]!);
            return row(`device, ${name}`, "host int8", its(deviceReals), its(hostReals));
          })),
    ],
    ticks: hello.counterKind === "none" ? null : summarizeTicks(hello.counterKind, ticks),
    link: { payloadBytes, totalBytes: state.lineBytes, retries: state.retries },
    time: { seconds: (performance.now() - start) / 1000 },
  };
}

/** Of all outputs behind each other. */
function realOutputs({ outputs }: Program, row: ActivationData): Float32Array {
  const [first, ...others] = splitPorts<ActivationData>(row, outputs).map((values, index) =>
    dequantizeTensor(values, outputs[index]!),
  );
  if (others.length === 0) return first!;
  return Float32Array.from([first!, ...others].flatMap((values) => [...values]));
}

/** The float network's outputs for the real values that the int8 inputs stand for. */
function floatOutputs(network: Network, program: Program, inputs: readonly ActivationData[]): Float32Array[] {
  const samples = Tensor.zeros([inputs.length, ...network.inputShape], network.dtype);
  const size = elementCount(network.inputShape);
  for (const [sample, input] of inputs.entries()) {
    samples.data.set(dequantizeTensor(input, onlyInput(program)), sample * size);
  }
  return rowsOf(forwardSamples(network, samples)).map((row) => Float32Array.from(row));
}
