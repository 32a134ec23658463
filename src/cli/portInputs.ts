import { extname } from "node:path";
import { UserError } from "../base/errors.js";
import { listed } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import type { Shape } from "../base/tensor.js";
import type { ColumnNames } from "../formats/samples.js";
import { toUserOrder, userShape } from "../network/axisOrder.js";
import { joinValues } from "../network/elementTypes.js";
import { splitPorts } from "../network/ports.js";
import type { ActivationData, ElementType } from "../network/quantizedNetwork.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";
import { type Input, type InputChoice, type Inputs, readInputs } from "./inputs.js";

/** An input or output with its name: of a program, or of what a device tells. */
export type NamedPort = Input & { readonly name: string };

/**
 * Samples of all inputs: of one as {@link readInputs} reads them, of several from a .npz file that has an array for each, by
 * its name.
 *
 * @returns samples that hold all inputs behind each other
 * @throws UserError when an array is missing or left over, or arrays are of different numbers of samples
 */
export async function readSamplesOf(
  path: string,
  ports: readonly NamedPort[],
  choice: InputChoice,
  columns?: ColumnNames,
): Promise<Inputs> {
  const [only, ...others] = ports;
  if (others.length === 0) return await readInputs(path, only, choice, columns);
  await expectArrays(path, ports, choice);
  const all: Inputs[] = [];
  for (const port of ports) {
    const read = await readInputs(`${path}:${port.name}`, port, choice);
    const [first = read] = all;
    if (read.count !== first.count || read.steps !== first.steps) {
      throw new UserError(
        `${path}: "${port.name}" has ${tellCount(read)}, "${only.name}" has ${tellCount(first)}`,
        "save one sample of each input for each run",
      );
    }
    all.push(read);
  }
  const [{ count, steps, samples }] = all as [Inputs];
  return {
    ...{ count, ...(steps !== undefined && { steps }), labels: undefined, names: undefined },
    samples: samples.map((_, sample) =>
      joinValues(
        all.map(({ samples: each }) => each[sample]),
        only.elementType, // a network's inputs are of one
      ),
    ),
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

function tellCount({ count, steps }: Inputs): string {
  return steps === undefined ? `${formatCount(count)} samples` : `${formatCount(count)} steps`;
}

async function expectArrays(path: string, ports: readonly NamedPort[], choice: InputChoice): Promise<void> {
  const names = ports.map(({ name }) => name);
  const save = "numpy.savez(path, **{name: array, …}) writes such a file";
  if (extname(path).toLowerCase() !== ".npz") {
    throw new UserError(
      `${path}: the network has the inputs ${listed(names)}; expected a .npz file with an array for each`,
      save,
    );
  }
  const option = (["divide", "mean", "std"] as const).find((one) => choice[one] !== undefined);
  if (option !== undefined) {
    throw new UserError(
      `--${option} is for networks with one input; this one has ${listed(names)}`,
      "save the samples as the network takes them",
    );
  }
  const [{ readBytes }, { namesInNpz }] = await Promise.all([
    import("../base/files.js"),
    import("../formats/npz.js"),
  ]);
  const found = namesInNpz(readBytes(path), path);
  const wrong = found.filter((name) => !names.includes(name));
  const missing = names.filter((name) => !found.includes(name));
  if (wrong.length === 0 && missing.length === 0) return;
  throw new UserError(
    `${path}: has the arrays ${listed(found)}; the network's inputs are ${listed(names)}`,
    save,
  );
}

/** One output's values of all samples, in its users' order of axes. */
export interface PortOutputs {
  readonly name: string;
  /** Of one sample. */
  readonly shape: Shape;
  readonly elementType: ElementType;
  /** The network's own. */
  readonly integers: readonly ActivationData[];
  readonly reals: readonly Float32Array[];
}

/** @param samples which hold all outputs behind each other */
export function outputsByPort(
  samples: readonly ActivationData[],
  ports: readonly NamedPort[],
): PortOutputs[] {
  const split = samples.map((sample) => splitPorts<ActivationData>(sample, ports));
  return ports.map((port, index) => {
    const { name, axes, shape, elementType } = port;
    const integers = split.map((parts) => toUserOrder(parts[index], shape, axes));
    const reals = integers.map((values) => dequantizeTensor(values, { quantization: port.quantization }));
    return { name, shape: userShape(shape, axes), elementType, integers, reals };
  });
}

/**
 * One output as .npy; several as .npz with an array for each, by its name.
 *
 * @param steps of a sequence, where the network keeps states: several are [sequences, steps, ...]
 * @throws UserError when several are to be written as something else, or the file cannot be written
 */
export async function writeOutputsOf(
  path: string,
  outputs: readonly PortOutputs[],
  steps: number | undefined,
): Promise<void> {
  const [{ writeNpy }, { writeNpz }] = await Promise.all([
    import("../formats/samples.js"),
    import("../formats/writeNpz.js"),
  ]);
  const arrays = outputs.map(({ name, shape, elementType, integers }) => {
    const { length } = integers;
    const count = steps !== undefined && steps !== length ? [length / steps, steps] : [length];
    return { name, data: joinValues(integers, elementType), shape: [...count, ...shape] };
  });
  const [only, ...others] = arrays;
  if (others.length === 0) writeNpy(path, only.data, only.shape);
  else writeNpz(path, arrays);
}

/** @throws UserError before the work where several outputs are to be written as something else than .npz */
export function expectNpz(path: string | undefined, ports: readonly NamedPort[]): void {
  if (path === undefined || ports.length === 1 || extname(path).toLowerCase() === ".npz") return;
  throw new UserError(
    `${path}: the network has the outputs ${listed(ports.map(({ name }) => name))}; they are written as one .npz file`,
    "give a path that ends in .npz",
  );
}
