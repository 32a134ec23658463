import { UserError } from "../../base/errors.js";
import { isSameShape, type Shape } from "../../base/tensor.js";
import type { QuantizedLayer, QuantizedTensor } from "../../network/quantizedNetwork.js";
import { quantizePooling, quantizeWindow } from "../../quantize/quantizeWindow.js";
import { Convolution } from "../../train/layers/convolution.js";
import { Copy } from "../../train/layers/copy.js";
import { Dense } from "../../train/layers/dense.js";
import { Concatenate } from "../../train/layers/merge.js";
import { Pooling } from "../../train/layers/pooling.js";
import { Reshape } from "../../train/layers/reshape.js";
import type { BuiltLayer } from "../onnx/graphBuilder.js";
import type { LayerSettings } from "../operatorContext.js";
import { type IntegerBuilder, inFloat } from "./integerBuilder.js";
import { IntegerLayer, type IntegerParts } from "./integerLayer.js";

/** A layer as the network has it, and the shapes that it works on. */
interface IntegerForm {
  readonly settings: LayerSettings;
  readonly input?: Shape;
  /** Where its inputs have shapes of their own. */
  readonly inputs?: readonly Shape[];
  readonly output: Shape;
}

export interface FinishedIntegers {
  readonly tensors: readonly QuantizedTensor[];
  readonly layers: readonly QuantizedLayer[];
  /** The tensor that the network gives. */
  readonly output: number;
  /** For each layer the number of the file's node. */
  readonly nodes: readonly number[];
}

const noClamp = { activationMin: -128, activationMax: 127 };
/** A series [length, channels] as an image of one column. */
const asImage = (shape: Shape): Shape => (shape.length === 3 ? shape : [shape[0], 1, shape[1]]);

/**
 * The layers that the output needs, as integer layers.
 *
 * @param output number of the activation that is the network's output
 * @throws UserError where something on the way is computed in real numbers
 */
export function finishIntegers(builder: IntegerBuilder, output: number): FinishedIntegers {
  const tensors: QuantizedTensor[] = [];
  const layers: QuantizedLayer[] = [];
  const nodes: number[] = [];
  /** By number of an activation: its tensor. */
  const places = new Map<number, number>();
  const views = new Map<string, number>();

  const addTensor = (name: string, shape: Shape, like: QuantizedTensor["quantization"]): number =>
    tensors.push({ name, shape, elementType: "int8", quantization: like }) - 1;
  const inShape = (tensor: number, shape: Shape, name: string, node: number): number => {
    if (isSameShape(tensors[tensor].shape, shape)) return tensor;
    const key = `${tensor}: ${shape}`;
    const known = views.get(key);
    if (known !== undefined) return known;
    const result = addTensor(name, shape, tensors[tensor].quantization);
    layers.push({ kind: "reshape", name, inputs: [tensor], output: result });
    nodes.push(node);
    views.set(key, result);
    return result;
  };

  for (const number of builder.inputs) {
    const name = builder.inputs.length === 1 ? "input" : `input_${places.size}`;
    places.set(number, addTensor(name, builder.shapeOf(number), quantizationOf(builder, number)));
  }
  const isNeeded = neededNumbers(builder, output);
  builder.layers.forEach((layer, index) => {
    const number = index + 1;
    if (!isNeeded.has(number) || builder.inputs.includes(number)) return;
    const node = builder.origins[index];
    const [from] = builder.connections[index];
    const given = from === undefined ? [] : builder.shapeOf(from);
    const {
      settings,
      input,
      inputs: shapes,
      output: shape,
    } = integerForm(layer, given, builder.parts.get(number));
    const inputs = builder.connections[index].map((from, k) => {
      const tensor = places.get(from)!;
      const name = `${layer.name}_input${k === 0 ? "" : `_${k + 1}`}`;
      const wanted = shapes?.[k] ?? input;
      return wanted === undefined ? tensor : inShape(tensor, wanted, name, node);
    });
    const result = addTensor(layer.name, shape, quantizationOf(builder, number));
    layers.push({ ...settings, name: layer.name, inputs, output: result } as QuantizedLayer);
    nodes.push(node);
    places.set(number, result);
  });
  const last = inShape(places.get(output)!, builder.shapeOf(output), "output", nodes.at(-1) ?? 0);
  if (layers.length === 0) throw new UserError("the model computes nothing: its output is its input");
  return { tensors, layers, output: last, nodes };
}

function quantizationOf(builder: IntegerBuilder, number: number): QuantizedTensor["quantization"] {
  const format = builder.formatOf(number);
  if (format === undefined) throw new UserError("no node says how the input is quantized");
  return format.quantization;
}

/** @param given the shape of its first input */
function integerForm(layer: BuiltLayer, given: Shape, parts: IntegerParts | undefined): IntegerForm {
  const { outputShape: output } = layer;
  if (layer instanceof IntegerLayer && typeof layer.what !== "string") {
    const isMean = layer.what.kind === "mean";
    return { settings: layer.what, output, ...(isMean && { input: asImage(given) }) };
  }
  if (layer instanceof Reshape) return { settings: { kind: "reshape" }, output };
  if (layer instanceof Concatenate) {
    return {
      settings: { kind: "concatenation", axis: output.length - 1 },
      inputs: layer.inputShapes,
      output,
    };
  }
  if (layer instanceof Copy) {
    const { start, strides, inputShapes } = layer;
    return { settings: { kind: "copy", start, sizes: output, strides }, input: inputShapes[0], output };
  }
  if (layer instanceof Pooling && layer.kind.startsWith("maxPool")) {
    const settings = { ...quantizePooling(layer), ...noClamp } as LayerSettings;
    return { settings, input: asImage(layer.inputShapes[0]), output: asImage(output) };
  }
  if (parts !== undefined && (layer instanceof Convolution || layer instanceof Dense)) {
    const weights = Int8Array.from(layer.weights.value.data);
    const common = { weights, ...parts, ...noClamp, rounding: "nearestEven" } as const;
    if (layer instanceof Dense) {
      const input = [weights.length / parts.bias.length];
      return { settings: { kind: "fullyConnected", ...common }, input, output };
    }
    const kind = layer.kind === "depthwiseConv2d" ? "depthwiseConvolution" : "convolution";
    const settings: LayerSettings = { kind, ...quantizeWindow(layer), ...common };
    return { settings, input: asImage(layer.inputShapes[0]), output: asImage(output) };
  }
  throw inFloat(layer);
}

/** What the output is made of, itself included. */
function neededNumbers({ connections }: IntegerBuilder, output: number): Set<number> {
  const needed = new Set<number>();
  const open = [output];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    if (number === 0 || needed.has(number)) continue;
    needed.add(number);
    open.push(...connections[number - 1]);
  }
  return needed;
}
