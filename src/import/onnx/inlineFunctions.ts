import { UserError } from "../../base/errors.js";
import { quoted } from "../../base/printable.js";
import type { OnnxAttribute, OnnxFunction, OnnxModel, OnnxNode } from "./readOnnx.js";

/** PyTorch's exporter nests modules in modules, one function each. */
const deepest = 8;
const mostNodes = 20_000;

/**
 * The model's nodes with what its own functions consist of in the place of each call.
 *
 * @throws UserError when functions call each other too deep, or make too many nodes
 */
export function inlineFunctions({ file, nodes, functions }: OnnxModel): OnnxNode[] {
  const byName = new Map(functions.map((own) => [`${own.domain}:${own.name}`, own]));
  const result: OnnxNode[] = [];
  let calls = 0;
  const put = (node: OnnxNode, depth: number): void => {
    const called = byName.get(`${node.domain}:${node.operator}`);
    if (called === undefined) result.push(node.foreign ? node : { ...node, index: result.length });
    else {
      if (depth === deepest)
        throw new UserError(`${file}: functions call each other ${deepest} deep or more`);
      calls++;
      for (const inner of called.nodes) put(inCall(inner, called, node, `call ${calls}: `), depth + 1);
    }
    if (result.length + calls > mostNodes) {
      throw new UserError(`${file}: its functions make more than ${mostNodes} nodes of ${nodes.length}`);
    }
  };
  for (const node of nodes) put(node, 0);
  return result;
}

/** A function's node with the names and attributes that its call gives it. */
function inCall(node: OnnxNode, called: OnnxFunction, call: OnnxNode, prefix: string): OnnxNode {
  const names = new Map<string, string>([["", ""]]);
  called.inputs.forEach((name, k) => {
    names.set(name, call.inputs[k] ?? "");
  });
  called.outputs.forEach((name, k) => {
    names.set(name, call.outputs[k] ?? `${prefix}${name}`);
  });
  const rename = (name: string) => names.get(name) ?? `${prefix}${name}`;
  const attributes = new Map<string, OnnxAttribute>();
  for (const [name, attribute] of node.attributes) {
    const { reference } = attribute;
    const value =
      reference === "" ? attribute : (call.attributes.get(reference) ?? called.defaults.get(reference));
    if (value !== undefined) attributes.set(name, value);
  }
  return {
    ...node,
    name: node.name === "" ? call.name : `${call.name}/${node.name}`,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes,
  };
}

/** For messages about a model's own operators. */
export const describeOpset = (domain: string, version: number | undefined): string =>
  version === undefined ? `no version of ${quoted(domain)}` : `operator set ${version}`;
