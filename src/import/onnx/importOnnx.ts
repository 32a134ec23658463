import { UserError } from "../../base/errors.js";
import { listed, quoted } from "../../base/printable.js";
import type { Shape } from "../../base/tensor.js";
import type { ImportedFloats } from "../importedFloats.js";
import { finishGraph } from "./finishGraph.js";
import { GraphBuilder } from "./graphBuilder.js";
import { Activation, isConstant } from "./graphValues.js";
import { type GraphWalk, walkGraph } from "./graphWalk.js";
import { importTrees, isTreeModel } from "./importTrees.js";
import { inlineFunctions } from "./inlineFunctions.js";
import { type OnnxOptions, planInput } from "./inputPlan.js";
import { Layout } from "./layout.js";
import { newestOpset, oldestOpset } from "./onnxSchema.js";
import { type OnnxModel, type OnnxNode, readOnnx } from "./readOnnx.js";
import { tellProblems } from "./tellProblems.js";
import { TensorDecoder } from "./tensorData.js";

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
  const opset = model.opsets.get("");
  return { ...importGraph(model, name, options), ...(opset !== undefined && { opset }) };
}

/**
 * The same of a model that was read already.
 *
 * @throws UserError as {@link importOnnx}
 */
export function importGraph(model: OnnxModel, name: string, options: OnnxOptions = {}): ImportedFloats {
  const { file } = model;
  const nodes = inlineFunctions(model);
  if (isTreeModel(nodes)) return importTrees(model, nodes, name, options);
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
