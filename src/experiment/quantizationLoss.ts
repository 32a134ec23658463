import type { Warning } from "../base/errors.js";
import { isAbove } from "../base/isAbove.js";
import { printable, quoted } from "../base/printable.js";
import { elementCount, Tensor } from "../base/tensor.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { planProgram } from "../plan/planProgram.js";
import type { Program } from "../program/program.js";
import { createRunner } from "../program/runner.js";
import { drawPlaces } from "../quantize/drawSamples.js";
import { dequantizeTensor, quantizeTensor } from "../quantize/quantizeTensor.js";
import type { Dataset, Targets } from "../train/data/dataset.js";
import { takeSamples } from "../train/data/split.js";
import { givesAnomalyScore } from "../train/fitting/checkOutputs.js";
import { forEachBatch, forwardSamples } from "../train/fitting/forwardSamples.js";
import { type Measured, measureAll, plainMetrics } from "../train/fitting/measureAll.js";
import { accuracy, accuracyAt, auc, type Metric, titleOfMetric } from "../train/fitting/metrics.js";
import { thresholdOf } from "../train/fitting/outputThreshold.js";
import type { Loss } from "../train/losses/loss.js";
import type { Network } from "../train/network/network.js";

/** How far a layer's integers are from what the float network gives there. */
export interface LayerNoise {
  readonly name: string;
  /** Decibels: the variance of the float values over the mean square of the difference; null where nothing differs, or varies. */
  readonly signalToNoise: number | null;
}

/** How finely an input's column is measured. */
export interface ColumnSteps {
  readonly name: string;
  /** Standard deviation of its samples, in steps of its scale. */
  readonly stepsPerDeviation: number;
}

/** What the integer network does worse than the float one. */
export interface QuantizationLoss {
  /** "the test data" */
  readonly data: string;
  readonly samples: number;
  /** What falls furthest behind, and by how much: 0 or less where nothing does. */
  readonly metric: string;
  /** The metric as it is shown: "f1 of apple" where "f1 of 0" is of a class that has a name. */
  readonly metricTitle: string;
  readonly float: number;
  readonly int8: number;
  readonly drop: number;
  /** The input first. */
  readonly layers: readonly LayerNoise[];
  /** Of columns that have names or units of their own. */
  readonly columns: readonly ColumnSteps[];
}

export interface LossQuestion {
  /** As `prepareForIntegers` gives it. */
  readonly network: Network;
  readonly quantized: QuantizedNetwork;
  /** What to judge on. */
  readonly dataset: Dataset;
  /** "the test data" */
  readonly what: string;
  readonly metrics: readonly Metric[];
  readonly loss?: Loss | undefined;
  readonly seed: number;
}

/** Samples whose every layer is compared. */
const layerSamples = 128;
/** Samples that outputs are compared on; of more so many are drawn. */
export const judgedSamples = 1000;

/**
 * Compares an integer network with the float one it was made of: by the metrics that are shares (such as accuracy), by
 * accuracy or R² in any case, and layer by layer.
 */
export async function measureQuantizationLoss({
  network,
  quantized,
  dataset,
  what,
  metrics,
  loss,
  seed,
}: LossQuestion): Promise<QuantizationLoss> {
  const judged = drawn(dataset, judgedSamples, seed);
  const program = planProgram(quantized);
  const float = forwardSamples(network, judged.inputs);
  const int8 = await runSamples(program, judged.inputs);
  const all = [...shareMetrics(metrics), ...ownMetrics(network, judged.targets, loss)];
  const [floats, int8s] = [float, int8].map((outputs) => measureAll(all, outputs, judged.targets));
  const worst = all
    .map(({ name }) => ({
      metric: name,
      float: floats[name],
      int8: int8s[name],
      drop: dropOf(name, floats, int8s),
    }))
    .reduce((most, next) => (next.drop > most.drop || Number.isNaN(most.drop) ? next : most));
  const few = drawn(judged, layerSamples, seed);
  return {
    data: what,
    samples: judged.inputs.shape[0],
    ...{ ...worst, metricTitle: titleOfMetric(worst.metric, dataset.classNames) },
    layers: await compareLayers(network, planProgram(quantized, { passes: false }), few.inputs),
    columns: measureColumns(onlyInput(program), judged),
  };
}

function drawn(dataset: Dataset, count: number, seed: number): Dataset {
  const total = dataset.inputs.shape[0];
  return total <= count ? dataset : takeSamples(dataset, drawPlaces(dataset.inputs, count, seed));
}

/** The int8 network's outputs as the real values they stand for: [samples, …outputs]. */
export async function runSamples(program: Program, inputs: Tensor): Promise<Tensor> {
  const [input, output] = [onlyInput(program), onlyOutput(program)];
  const samples = inputs.shape[0];
  const [size, outputSize] = [elementCount(input.shape), elementCount(output.shape)];
  const outputs = new Tensor([samples, ...output.shape]);
  const runner = await createRunner(program, samples);
  for (let sample = 0; sample < samples; sample++) {
    const real = inputs.data.subarray(sample * size, (sample + 1) * size);
    outputs.data.set(dequantizeTensor(runner.run(quantizeTensor(real, input)), output), sample * outputSize);
  }
  return outputs;
}

/** Metrics whose values are shares: how much of one is lost can be told without knowing the data. */
const directions: Readonly<Record<string, 1 | -1>> = {
  ...{ accuracy: 1, auc: 1, f1: 1, precision: 1, recall: 1, rSquared: 1, zeroOne: -1 },
};

const directionOf = (name: string): 1 | -1 | undefined => directions[name.split(" of ")[0]];

const shareMetrics = (metrics: readonly Metric[]): Metric[] =>
  metrics.filter(({ name }) => directionOf(name) !== undefined);

/** How much worse the int8 network is. NaN where the metric cannot be computed. An R² below 0 is as good as none. */
function dropOf(name: string, float: Measured, int8: Measured): number {
  if (name === "rSquared") return Math.max(0, float[name]) - Math.max(0, int8[name]);
  return (directionOf(name) ?? 1) * (float[name] - int8[name]);
}

/** Accuracy of class numbers; of distances from what is normal the area under the curve; of real targets R², over all outputs together. */
function ownMetrics(network: Network, targets: Targets, loss: Loss | undefined): Metric[] {
  if (givesAnomalyScore(network)) return [auc];
  if (targets instanceof Tensor) return [pooledRSquared];
  return [loss === undefined ? accuracy : accuracyAt(thresholdOf(network, loss, targets))];
}

const pooledRSquared: Metric = {
  name: "rSquared",
  measure(outputs, targets) {
    const wanted = (targets as Tensor).data;
    const columns = elementCount((targets as Tensor).shape.slice(1));
    const means = columnMeans(wanted, columns);
    let [left, spread] = [0, 0];
    for (let k = 0; k < wanted.length; k++) {
      left += (outputs.data[k] - wanted[k]) ** 2;
      spread += (wanted[k] - means[k % columns]) ** 2;
    }
    return spread === 0 ? Number.NaN : 1 - left / spread;
  },
};

function columnMeans(values: ArrayLike<number>, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let k = 0; k < values.length; k++) means[k % columns] += (values[k] * columns) / values.length;
  return means;
}

/** Signal and noise of one activation, summed up over samples. */
class Noise {
  private readonly sums: Float64Array;
  private squares = 0;
  private noise = 0;
  private samples = 0;

  constructor(readonly elements: number) {
    this.sums = new Float64Array(elements);
  }

  add(float: ArrayLike<number>, integers: ArrayLike<number>): void {
    this.samples += 1;
    for (let i = 0; i < this.elements; i++) {
      this.sums[i] += float[i];
      this.squares += float[i] ** 2;
      this.noise += (float[i] - integers[i]) ** 2;
    }
  }

  decibels(): number | null {
    if (this.noise === 0) return null;
    const ofMeans = this.sums.reduce((sum, value) => sum + value ** 2 / this.samples, 0);
    const signal = this.squares - ofMeans;
    if (signal <= 0) return null;
    return Math.round(100 * Math.log10(signal / this.noise)) / 10;
  }
}

async function compareLayers(network: Network, program: Program, inputs: Tensor): Promise<LayerNoise[]> {
  const runner = await createRunner(program, inputs.shape[0]);
  const input = onlyInput(program);
  const size = elementCount(input.shape);
  /** By name: which activation of the float network it is. */
  const numbers = new Map(network.layers.map(({ name }, index) => [name, index + 1]));
  const noises = new Map<string, Noise>([["input", new Noise(size)]]);
  let done = 0;
  forEachBatch(network, inputs, (activations) => {
    const batch = activations[0].shape[0];
    for (let row = 0; row < batch; row++, done++) {
      const real = inputs.data.subarray(done * size, (done + 1) * size);
      const quantized = quantizeTensor(real, input);
      noises.get("input")!.add(real, dequantizeTensor(quantized, input));
      runner.run(quantized, ({ output }, values) => {
        const number = numbers.get(output.name);
        if (number === undefined) return;
        const float = activations[number].data;
        const elements = float.length / batch;
        if (elements !== values.length) return;
        const noise = noises.get(output.name) ?? new Noise(elements);
        noises.set(output.name, noise);
        noise.add(float.subarray(row * elements, (row + 1) * elements), dequantizeTensor(values, output));
      });
    }
  });
  return [...noises].map(([name, noise]) => ({ name, signalToNoise: noise.decibels() }));
}

/** Of raw measurements, and of others that have names. */
function measureColumns(
  input: ReturnType<typeof onlyInput<Program["inputs"][number]>>,
  dataset: Dataset,
): ColumnSteps[] {
  const { inputs, inputNames } = dataset;
  if (input.elementType !== "int16" && inputNames === undefined) return [];
  const columns = input.shape.at(-1) ?? 1;
  const means = columnMeans(inputs.data, columns);
  const squares = new Float64Array(columns);
  for (let k = 0; k < inputs.data.length; k++) {
    squares[k % columns] += (inputs.data[k] - means[k % columns]) ** 2;
  }
  return Array.from(squares, (sum, column) => {
    const deviation = Math.sqrt((sum * columns) / inputs.data.length);
    const steps = deviation / quantizationOf(input, column).scale;
    return { name: nameColumn(inputNames, column), stepsPerDeviation: Number(steps.toPrecision(4)) };
  });
}

/** The column's own name: of recordings `x[0]`, `y[0]`, `x[1]`, … it is "x", "y". */
export function nameColumn(names: readonly string[] | undefined, column: number): string {
  return names?.[column]?.replace(/\[0\]$/, "") ?? `column ${column}`;
}

/** As it stands in JSON: null for what could not be computed. */
export function plainLoss({ data, samples, metric, float, int8, drop, layers, columns }: QuantizationLoss) {
  return {
    ...{ data, samples, metric, ...plainMetrics({ float, int8, drop }) },
    layers: layers.map(({ name, signalToNoise }) => ({ name, signalToNoise })),
    columns: columns.map(({ name, stepsPerDeviation }) => ({ name, stepsPerDeviation })),
  };
}

/** Fewer steps than these leave little of what varies. */
const leastSteps = 8;
/** A drop of this much of a share is told. */
export const defaultMaxDrop = 0.02;
/** Fewer samples that are told otherwise may be chance. */
const leastSamples = 2;

/**
 * What to tell when the integer network falls behind by more than `maxDrop`; undefined when it does not.
 *
 * @param maxDrop what was asked for; without it a single sample may be chance
 */
export function tellDrop(loss: QuantizationLoss, maxDrop?: number): Warning | undefined {
  if (!isAbove(loss.drop, maxDrop ?? defaultMaxDrop)) return undefined;
  if (maxDrop === undefined && loss.metric !== "rSquared" && loss.drop * loss.samples < leastSamples - 1e-9) {
    return undefined;
  }
  const { metricTitle, float, int8, drop, samples, data } = loss;
  const values = `${printable(metricTitle)} ${float.toFixed(4)} float, ${int8.toFixed(4)} int8`;
  return {
    message: `the int8 network falls behind the float one by ${drop.toFixed(4)} on ${data} (${values}, ${samples} samples): ${nameCulprit(loss)}`,
    hint: hintOf(loss),
  };
}

function worstColumn({ columns }: QuantizationLoss): ColumnSteps | undefined {
  const coarse = columns.filter(({ stepsPerDeviation: steps }) => steps > 0 && steps < leastSteps);
  return coarse.toSorted((a, b) => a.stepsPerDeviation - b.stepsPerDeviation).at(0);
}

function nameCulprit(loss: QuantizationLoss): string {
  const column = worstColumn(loss);
  if (column !== undefined) {
    return `input ${quoted(column.name)} has ${column.stepsPerDeviation} steps for a standard deviation`;
  }
  const layer = worstLayer(loss);
  if (layer === undefined) return "no layer stands out";
  const before = layer.before === undefined ? "" : `, ${layer.before} dB before it`;
  return `${layer.name === "input" ? "the input" : `layer ${quoted(layer.name)}`} loses most, ${layer.after} dB of signal to noise are left${before}`;
}

/** Where the signal falls most, from the layer that runs before it. */
function worstLayer({ layers }: QuantizationLoss) {
  let worst: { name: string; before: number | undefined; after: number; lost: number } | undefined;
  let before: number | undefined;
  for (const { name, signalToNoise } of layers) {
    if (signalToNoise === null) continue;
    // what one step of int8 leaves of a range is about 40 dB
    const lost = (before ?? 40) - signalToNoise;
    if (worst === undefined || lost > worst.lost) worst = { name, before, after: signalToNoise, lost };
    before = signalToNoise;
  }
  return worst;
}

function hintOf(loss: QuantizationLoss): string {
  return worstColumn(loss) === undefined
    ? 'train on with the rounding (--qat), or try quantize: { calibration: "percentile" } or "mse"; a last layer\'s targets are best within a few units of 0'
    : "mend values far outside, bring the columns to units of one size, or put standardize() first";
}
