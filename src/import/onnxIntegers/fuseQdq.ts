import { elementType } from "../onnx/onnxSchema.js";
import type { OnnxNode } from "../onnx/readOnnx.js";
import type { Constant } from "../onnx/tensorData.js";
import { roundToEven } from "./integerTables.js";

/** What stands for a float operator between nodes that dequantize and one that quantizes. */
interface Fused {
  readonly operator: string;
  readonly domain: string;
  /** Inputs that must be dequantized; further ones may be. */
  readonly inputs: number;
  readonly order: "convolution" | "gemm" | "plain" | "concatenation";
}

const microsoft = "com.microsoft";

/** Source: onnxruntime, core/optimizer/qdq_transformer, which operators are computed in integers. */
const fused: Readonly<Record<string, Fused>> = {
  Conv: { operator: "QLinearConv", domain: "", inputs: 2, order: "convolution" },
  MatMul: { operator: "QLinearMatMul", domain: "", inputs: 2, order: "plain" },
  Gemm: { operator: "QGemm", domain: microsoft, inputs: 2, order: "gemm" },
  Add: { operator: "QLinearAdd", domain: microsoft, inputs: 2, order: "plain" },
  Mul: { operator: "QLinearMul", domain: microsoft, inputs: 2, order: "plain" },
  Sigmoid: { operator: "QLinearSigmoid", domain: microsoft, inputs: 1, order: "plain" },
  LeakyRelu: { operator: "QLinearLeakyRelu", domain: microsoft, inputs: 1, order: "plain" },
  GlobalAveragePool: { operator: "QLinearGlobalAveragePool", domain: microsoft, inputs: 1, order: "plain" },
  Concat: { operator: "QLinearConcat", domain: microsoft, inputs: 1, order: "concatenation" },
};

/** A constant by its name; undefined for what is computed. */
type Lookup = (name: string) => Constant | undefined;

/**
 * A graph with DequantizeLinear, a float operator and QuantizeLinear in one node wherever onnxruntime computes them as one:
 * all that the operator takes is dequantized, and all that it gives is quantized. A Relu or Clip in front of the
 * quantization is left out where that clamps as far.
 *
 * @param outputs of the graph: such a value is computed in float32
 */
export function fuseQdq(
  nodes: readonly OnnxNode[],
  outputs: ReadonlySet<string>,
  constantNamed: Lookup,
): OnnxNode[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const users = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const name of new Set(node.inputs)) {
      const known = users.get(name);
      if (known === undefined) users.set(name, [node]);
      else known.push(node);
    }
  }
  const onlyUser = ({ outputs: [name, ...more] }: OnnxNode): OnnxNode | undefined => {
    const [user, ...others] = users.get(name) ?? [];
    const isAlone = others.length === 0 && more.length === 0 && !outputs.has(name);
    return isAlone && user?.inputs[0] === name ? user : undefined;
  };
  const gone = new Set<OnnxNode>();
  const result = nodes.map((node): OnnxNode => {
    const form = node.domain === "" && Object.hasOwn(fused, node.operator) ? fused[node.operator] : undefined;
    if (form === undefined) return node;
    const next = onlyUser(node);
    const isClamp = next?.domain === "" && (next.operator === "Relu" || next.operator === "Clip");
    const quantize = isClamp ? onlyUser(next) : next;
    if (!isOperator(quantize, "QuantizeLinear")) return node;
    if (isClamp && !isRedundant(next, quantize, constantNamed)) return node;
    const sources = node.inputs.map((name) => makers.get(name));
    if (sources.length < form.inputs || !sources.every(isDequantize)) return node;
    gone.add(quantize);
    if (isClamp) gone.add(next);
    const triples = sources.map(({ inputs: [x, scale, zeroPoint = ""] }) => [x, scale, zeroPoint]);
    const [, scale, zeroPoint = ""] = quantize.inputs;
    const inputs = inputsOf(form, triples, [scale, zeroPoint]);
    const { operator, domain } = form;
    return { ...node, operator, domain, inputs, outputs: quantize.outputs };
  });
  return result.filter((node) => !gone.has(node));
}

/** A bias's own scale and zero point stand behind all inputs. */
function inputsOf({ order }: Fused, triples: readonly string[][], to: readonly string[]): string[] {
  const [first, second = [], [bias = "", ...biasFormat] = []] = triples;
  switch (order) {
    case "convolution":
      return [...first, ...second, ...to, bias, ...biasFormat];
    case "gemm":
      return [...first, ...second, bias, ...to, ...biasFormat];
    case "concatenation":
      return [...to, ...triples.flat()];
    default:
      return [...triples.flat(), ...to];
  }
}

/**
 * Whether a quantization clamps as far as what stands in front of it.
 *
 * Source: onnxruntime, IsClipMadeRedundantByQ.
 */
function isRedundant(clamp: OnnxNode, quantize: OnnxNode, constantNamed: Lookup): boolean {
  const [scale, zeroPoint] = quantize.inputs.slice(1, 3).map(constantNamed);
  if (scale?.shape.length !== 0 || zeroPoint?.shape.length !== 0) return false;
  const low = zeroPoint.type === int8 ? -128 : 0;
  if (clamp.operator === "Relu") return zeroPoint.values[0] === low;
  const step = (input: number, attribute: string, none: number) => {
    const name = clamp.inputs[input] ?? "";
    const limit =
      name !== ""
        ? (constantNamed(name)?.values[0] ?? Number.NaN)
        : (clamp.attributes.get(attribute)?.float ?? none);
    return roundToEven(Math.fround(limit / scale.values[0])) + zeroPoint.values[0];
  };
  return step(1, "min", -Infinity) <= low && step(2, "max", Infinity) >= low + 255;
}

const { int8 } = elementType;

function isDequantize(node: OnnxNode | undefined): node is OnnxNode {
  return isOperator(node, "DequantizeLinear");
}

function isOperator(node: OnnxNode | undefined, operator: string): node is OnnxNode {
  return node !== undefined && node.domain === "" && node.operator === operator;
}
