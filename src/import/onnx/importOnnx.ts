import { UserError } from "../../base/errors.js";
import { listed, quoted } from "../../base/printable.js";
import { elementCount, formatShape, type Shape } from "../../base/tensor.js";
import type { ImportedFloats } from "../importedFloats.js";
import { finishGraph } from "./finishGraph.js";
import { GraphBuilder } from "./graphBuilder.js";
import { Activation, isConstant } from "./graphValues.js";
import { type GraphWalk, walkGraph } from "./graphWalk.js";
import { inlineFunctions } from "./inlineFunctions.js";
import { Layout } from "./layout.js";
import { elementType, elementTypeName, newestOpset, oldestOpset } from "./onnxSchema.js";
import { type OnnxModel, type OnnxNode, type OnnxValue, readOnnx } from "./readOnnx.js";
import { tellProblems } from "./tellProblems.js";
import { TensorDecoder } from "./tensorData.js";

export interface OnnxOptions {
  /** The model's folder, where weights may lie beside it; undefined where it has none. */
  readonly folder?: string | undefined;
  /** Sizes of free axes by name, or of all axes by the input's name. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  /** Leaves out a softmax (or its logarithm) that gives the output. */
  readonly withoutSoftmax?: boolean;
}

/** What the network's input is, before its order in memory is chosen. */
export interface InputPlan {
  readonly value: OnnxValue;
  /** With the axis of the samples, which has size 1. */
  readonly shape: Shape;
  readonly batchSize: number;
  readonly isBatched: boolean;
}

/**
 * Makes a float network of an ONNX model: the same that training makes. Channels come to lie last without that anything
 * is moved: weights are turned, and the columns of dense layers behind them. Layers are named after operator and number of
 * the node.
 *
 * The bytes may come from anywhere: whatever they are, the answer is a network that holds together, or a UserError,
 * after work and memory in proportion to the file.
 *
 * @param file its name, for messages
 * @param name of the network
 * @throws UserError with all that stands in the way, where anything does
 * Source: onnx/onnx, docs/Operators.md and docs/Changelog.md.
 */
export function importOnnx(
  bytes: Uint8Array,
  file: string,
  name: string,
  options: OnnxOptions = {},
): ImportedFloats {
  const model = readOnnx(bytes, file);
  return { ...importGraph(model, name, options), opset: model.opsets.get("") ?? 0 };
}

/**
 * The same of a model that was read already.
 *
 * @throws UserError as {@link importOnnx}
 */
export function importGraph(model: OnnxModel, name: string, options: OnnxOptions = {}): ImportedFloats {
  const { file } = model;
  const nodes = inlineFunctions(model);
  const complaints: UserError[] = [];
  expectOpset(model, complaints);
  const decoder = new TensorDecoder(file, options.folder);
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const output = onlyOutput(model, complaints);
  const plan = planInput(model, nodes, options, complaints);
  if (plan === undefined || output === undefined) return tellProblems(file, complaints);
  const settings = {
    batchSize: plan.batchSize,
    isBatched: plan.isBatched,
    withoutSoftmax: options.withoutSoftmax ?? false,
    outputs: new Set([output]),
  };
  const walks = inputOrders(plan.shape).map((order) => {
    const builder = new GraphBuilder(storedShape(plan.shape, order));
    const input = new Activation(0, Layout.of(plan.shape, order), plan.isBatched ? 0 : undefined);
    const walk = walkGraph({
      ...{ nodes, constants, decoder, builder, settings, opsets: model.opsets, output },
      given: new Map([[plan.value.name, input]]),
    });
    return { order, builder, walk };
  });
  const best = walks.reduce((least, next) => (isBetter(next, least) ? next : least));
  complaints.push(...best.walk.complaints);
  const result = best.walk.output;
  if (complaints.length > 0 || result === undefined) return tellProblems(file, complaints);
  if (isConstant(result)) {
    throw new UserError(`${file}: its output ${quoted(output)} does not depend on its input`);
  }
  const last = best.builder.materialize(result);
  const end = outputPort(best.builder, last);
  const { network, nodes: origins } = finishGraph(best.builder, name, end.number);
  const byIndex = new Map(nodes.map((node) => [node.index, node]));
  const leftOut = settings.withoutSoftmax ? best.walk.leftOut : undefined;
  if (settings.withoutSoftmax && leftOut === undefined) {
    throw new UserError(`${file}: no softmax gives its output`, "leave out --without-softmax");
  }
  return {
    network,
    input: { name: plan.value.name, axes: userAxes(best.order) },
    output: { name: output, axes: end.axes },
    producer: model.producer,
    origins: origins.map((index, k) => ({ layer: network.layers[k].name, ...originOf(byIndex.get(index)) })),
    leftOut,
    notes:
      plan.batchSize > 1 ? [`the file takes ${plan.batchSize} samples at once; the device takes one`] : [],
  };
}

function originOf(node: OnnxNode | undefined): { node: string; operator: string } {
  return { node: node?.name ?? "", operator: node?.foreign?.operator ?? node?.operator ?? "" };
}

export interface Attempt {
  readonly builder: GraphBuilder;
  readonly walk: GraphWalk;
}

/** An order of the input in which less stands in the way, or fewer values are moved on the device. */
export function isBetter(a: Attempt, b: Attempt): boolean {
  const [problems, others] = [a, b].map(({ walk }) => walk.complaints.length);
  return problems === others ? a.builder.movedValues < b.builder.movedValues : problems < others;
}

/** Orders of the axes in memory that are tried: as they are, and channels last. */
export function inputOrders({ length }: Shape): number[][] {
  const asTheyAre = Array.from({ length }, (_, axis) => axis);
  return length < 3 ? [asTheyAre] : [asTheyAre, [0, ...asTheyAre.slice(2), 1]];
}

/** Without the axis of the samples. */
export function storedShape(shape: Shape, order: readonly number[]): Shape {
  const sizes = (shape.length === 1 ? order : order.slice(1)).map((axis) => shape[axis]);
  return sizes;
}

/** Which axis of ours each of a sample's axes is. */
export function userAxes(order: readonly number[]): readonly number[] | undefined {
  const axes = order.slice(1).map((_, k) => order.indexOf(k + 1) - 1);
  return axes.every((axis, k) => axis === k) ? undefined : axes;
}

/** The output in the shape of the file's, where its values lie so; else in ours. */
export function outputPort(builder: GraphBuilder, { number, layout, batch }: Activation) {
  const whole = layout.shape;
  const sample =
    batch === undefined && whole[0] !== 1 ? whole : whole.filter((_, axis) => axis !== (batch ?? 0));
  if (layout.isInOrder)
    return { number: builder.view(number, sample.length === 0 ? [1] : sample), axes: undefined };
  const { shape, axes } = layout.parts();
  return { number: builder.view(number, shape), axes };
}

export function expectOpset({ opsets }: OnnxModel, complaints: UserError[]): void {
  const opset = opsets.get("") ?? 0;
  if (opset < oldestOpset || opset > newestOpset) {
    const [which, hint] =
      opset > newestOpset
        ? [
            `is newer than ${newestOpset}, the newest that was checked`,
            `torch.onnx.export(…, opset_version=18)`,
          ]
        : [`is older than ${oldestOpset}`, "export it with a newer framework, or onnx.version_converter"];
    complaints.push(new UserError(`operator set ${opset} ${which}`, hint));
  }
}

function onlyOutput({ outputs }: OnnxModel, complaints: UserError[]): string | undefined {
  if (outputs.length === 1) return outputs[0].name;
  complaints.push(
    new UserError(
      `it has ${outputs.length} outputs, ${listed(outputs.map(({ name }) => name))}; one is imported`,
      "export the model with one output",
    ),
  );
  return undefined;
}

const integerInputs: readonly number[] = [elementType.uint8, elementType.int8, elementType.int16];

/**
 * The one input that is no constant, with its sizes.
 *
 * @param types that are taken besides float32
 */
export function planInput(
  { inputs, initializers }: OnnxModel,
  nodes: readonly OnnxNode[],
  { shapes = new Map() }: OnnxOptions,
  complaints: UserError[],
  types: readonly number[] = [],
): InputPlan | undefined {
  const constants = new Set(initializers.map(({ name }) => name));
  const own = inputs.filter(({ name }) => !constants.has(name));
  if (own.length !== 1) {
    const names = own.length === 0 ? "" : `, ${listed(own.map(({ name }) => name))}`;
    const hint = "export the model with one input: states and lengths that go in are not imported";
    complaints.push(new UserError(`it has ${own.length} inputs${names}; one is imported`, hint));
    return undefined;
  }
  const [value] = own;
  if (!types.includes(value.type)) expectInputType(value, nodes, complaints);
  const given = shapes.get(value.name);
  if (value.shape === undefined && given === undefined) {
    const hint = `give --shape ${value.name}=1,3,96,96`;
    complaints.push(new UserError(`its input ${quoted(value.name)} has no shape`, hint));
    return undefined;
  }
  const sizes: readonly (number | string)[] = given ?? value.shape ?? [];
  const known = sizes.map((size) => (typeof size === "string" ? (shapes.get(size)?.[0] ?? size) : size));
  const unused = [...shapes.keys()].filter((name) => name !== value.name && !value.shape?.includes(name));
  const free = known.filter((size, axis) => typeof size === "string" && axis > 0);
  if (free.length > 0) {
    const shape = `[${known.map((size) => (typeof size === "string" ? quoted(size) : size)).join(", ")}]`;
    const options = free.map((size) => (size === "?" ? `${value.name}=1,…` : `${size}=…`));
    const hint = `give ${options.map((option) => `--shape ${option}`).join(" ")}`;
    complaints.push(new UserError(`its input ${quoted(value.name)} has the shape ${shape}`, hint));
    return undefined;
  }
  if (unused.length > 0) {
    complaints.push(new UserError(`--shape names ${listed(unused)}, which its input has no axis of`));
  }
  const [first, ...rest] = known;
  const isFree = typeof first === "string";
  const batchSize = isFree || first === undefined || known.length === 1 ? 1 : first;
  const isBatched = isFree || batchSize > 1;
  const numbers = [isFree || batchSize > 1 ? 1 : (first ?? 1), ...(rest as number[])];
  const isRight = numbers.length <= 6 && elementCount(numbers) <= 2 ** 24;
  if (!isRight || numbers.some((size) => !(Number.isInteger(size) && size >= 1))) {
    complaints.push(new UserError(`its input has the shape ${formatShape(numbers.slice(0, 8))}`));
    return undefined;
  }
  return { value, shape: numbers, batchSize, isBatched };
}

function expectInputType(value: OnnxValue, nodes: readonly OnnxNode[], complaints: UserError[]): void {
  const { name, type, otherKind } = value;
  if (type === elementType.float) return;
  const users = nodes.filter(({ inputs }) => inputs.includes(name));
  if (integerInputs.includes(type) && users.every(({ operator }) => operator === "Cast")) return;
  const what = otherKind === undefined ? elementTypeName(type) : `a ${otherKind}`;
  complaints.push(
    new UserError(
      `its input ${quoted(name)} is ${what}; float32 is imported`,
      "export the model for float32",
    ),
  );
}
