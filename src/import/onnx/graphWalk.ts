import { UserError } from "../../base/errors.js";
import { listed, quoted } from "../../base/printable.js";
import { formatShape, isSameShape } from "../../base/tensor.js";
import type { GraphBuilder } from "./graphBuilder.js";
import { isConstant, type Value } from "./graphValues.js";
import { type GraphSettings, NodeContext, type OnnxOperator } from "./nodeContext.js";
import { onnxOperators, refusedOperators } from "./operators.js";
import { describeNode, type OnnxNode } from "./readOnnx.js";
import type { OnnxTensor, TensorDecoder } from "./tensorData.js";

export interface GraphToWalk {
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly opsets: ReadonlyMap<string, number>;
  readonly decoder: TensorDecoder;
  readonly builder: GraphBuilder;
  readonly settings: GraphSettings;
  /** The network's input by its name. */
  readonly given: ReadonlyMap<string, Value>;
  /** Name of the value that is the network's output. */
  readonly output: string;
  /** What becomes of a node. Default: what becomes of it in a float network. */
  readonly operatorOf?: (node: OnnxNode) => OnnxOperator | undefined;
  /** Why there is nothing for a node. Default: what is said of it in a float network. */
  readonly refusalOf?: (node: OnnxNode) => UserError;
}

export interface GraphWalk {
  /** Undefined where something stands in the way. */
  readonly output: Value | undefined;
  readonly complaints: readonly UserError[];
  /** The operator that gives the output and was left out. */
  readonly leftOut: string | undefined;
}

/**
 * Takes the nodes that the output needs, each after those that it takes values of, whatever order they stand in. What
 * is known when the model is read is computed; the rest becomes layers. A node that cannot be taken is told of, and what
 * comes of it is not asked.
 */
export function walkGraph(graph: GraphToWalk): GraphWalk {
  const { nodes, constants, decoder, given, output } = graph;
  const makers = new Map<string, OnnxNode>();
  for (const node of nodes) for (const name of node.outputs) if (name !== "") makers.set(name, node);
  const complaints: UserError[] = [];
  const order = runningOrder(output, makers, new Set([...given.keys(), ...constants.keys()]), complaints);
  for (const node of order) complainOfOperator(node, graph, complaints);
  const values = new Map<string, Value | undefined>(given);
  let leftOut: string | undefined;
  const valueNamed = (name: string): Value | undefined => {
    const tensor = constants.get(name);
    if (!values.has(name) && tensor !== undefined) values.set(name, decoder.decode(tensor));
    return values.get(name);
  };
  for (const node of order) {
    try {
      const inputs = node.inputs.map((name) => (name === "" ? undefined : valueNamed(name)));
      const isBlocked = node.inputs.some((name, k) => name !== "" && inputs[k] === undefined);
      const results = isBlocked ? [] : takeNode(node, inputs, graph);
      if (graph.settings.withoutSoftmax && node.outputs.includes(output) && /Softmax$/.test(node.operator)) {
        leftOut = node.operator;
      }
      node.outputs.forEach((name, k) => {
        values.set(name, results[k]);
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      complaints.push(complaint(node, graph, error));
      for (const name of node.outputs) values.set(name, undefined);
    }
  }
  return { output: valueNamed(output), complaints, leftOut };
}

/** @throws UserError when the node cannot be taken; nothing for one that was complained of already */
function takeNode(
  node: OnnxNode,
  inputs: readonly (Value | undefined)[],
  graph: GraphToWalk,
): readonly Value[] {
  const { opsets, builder, settings, decoder } = graph;
  const operator = (graph.operatorOf ?? operatorOf)(node);
  if (operator === undefined) return [];
  builder.node = { index: node.index, operator: node.foreign?.layerName ?? node.operator };
  const context = new NodeContext(node, opsets.get("") ?? 0, inputs, builder, settings, decoder);
  context.expectAttributes(operator.attributes);
  const isFolded = inputs.every((value) => value === undefined || isConstant(value));
  const take = isFolded ? operator.fold : operator.apply;
  if (take !== undefined) return expectShape(context, take(context));
  throw new UserError(isFolded ? "is not computed when the model is read" : "works on constants only");
}

/** @throws UserError where the file says that another shape comes of it */
function expectShape(context: NodeContext, results: readonly Value[]): readonly Value[] {
  const declared = context.node.foreign?.shape;
  const [result] = results;
  const found = isConstant(result) ? result.shape : context.shapeOf(result);
  if (declared === undefined || isSameShape(found, declared)) return results;
  return context.fail(
    `gives ${formatShape(found)}; its output has the shape ${formatShape(declared)}`,
    "the model contradicts itself: convert it again",
  );
}

function operatorOf({ domain, operator }: OnnxNode): OnnxOperator | undefined {
  return domain === "" && Object.hasOwn(onnxOperators, operator) ? onnxOperators[operator] : undefined;
}

function complainOfOperator(node: OnnxNode, graph: GraphToWalk, complaints: UserError[]): void {
  if ((graph.operatorOf ?? operatorOf)(node) !== undefined) return;
  complaints.push(complaint(node, graph, (graph.refusalOf ?? refusalOf)(node)));
}

function refusalOf({ domain, operator }: OnnxNode): UserError {
  if (domain !== "") {
    return new UserError(
      `the operator is of ${quoted(domain)}, not ONNX's own`,
      "export the model without operators of other makers",
    );
  }
  const reason = Object.hasOwn(refusedOperators, operator) ? refusedOperators[operator] : undefined;
  return reason === undefined
    ? new UserError("the operator is not imported", supportedHint)
    : new UserError(`no way: ${reason.why}`, reason.hint);
}

const supportedHint = "docs/onnx.md lists the operators that are";

function complaint(node: OnnxNode, { opsets }: GraphToWalk, { message, hint }: UserError): UserError {
  const version = node.foreign === undefined ? opsets.get(node.domain) : undefined;
  const set = version === undefined ? "" : ` (operator set ${version})`;
  return new UserError(`${describeNode(node)}${set}: ${message}`, hint);
}

/** The nodes that a value needs, each behind those that it needs itself. */
function runningOrder(
  output: string,
  makers: ReadonlyMap<string, OnnxNode>,
  known: ReadonlySet<string>,
  complaints: UserError[],
): OnnxNode[] {
  const order: OnnxNode[] = [];
  const state = new Map<OnnxNode, "open" | "done">();
  const missing = new Set<string>();
  const stack: { readonly node: OnnxNode; next: number }[] = [];
  const visit = (name: string): void => {
    if (name === "" || known.has(name)) return;
    const node = makers.get(name);
    if (node === undefined) missing.add(name);
    else if (state.get(node) === "open") {
      complaints.push(new UserError(`${describeNode(node)} takes what comes of itself`));
    } else if (state.get(node) === undefined) {
      state.set(node, "open");
      stack.push({ node, next: 0 });
    }
  };
  visit(output);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const name = top.node.inputs[top.next++];
    if (name !== undefined) visit(name);
    else {
      stack.pop();
      state.set(top.node, "done");
      order.push(top.node);
    }
  }
  if (missing.size > 0)
    complaints.push(new UserError(`no node and no constant gives ${listed([...missing])}`));
  return order;
}
