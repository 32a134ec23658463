import { isSameShape, type Shape, type Tensor } from "../base/tensor.js";
import { isSameQuantization } from "../network/quantization.js";
import type { QuantizedLayer, QuantizedNetwork, QuantizedTensor } from "../network/quantizedNetwork.js";
import type { Network } from "../train/network/network.js";
import { type ActivationFormat, quantizeActivations } from "./activationQuantization.js";
import { type CalibrationMethod, calibrate, type RealRange } from "./calibrate.js";
import type { ActivationType } from "./int16Formats.js";
import { integerShapes } from "./integerShapes.js";
import { type IntegerStep, integerForm } from "./integerSteps.js";
import { prepareForIntegers } from "./prepareForIntegers.js";
import { quantizeLayer } from "./quantizeLayer.js";

/**
 * Quantizes a trained network after training: int8 activations with ranges from calibration, int8 weights with a
 * scale for each output channel, int32 biases; batch normalization is folded, a ReLU becomes the clamp of the layer
 * before it where that has one, other functions become tables, and a series is an image of one column.
 *
 * @param samples [samples, ...network.inputShape], of the kind that the device will see
 * @param activations int8, or int16 with a symmetric scale
 * @throws UserError when an activation is not finite, or a layer has no form with int16
 * Source: TFLite int8 quantization specification; Jacob et al. 2018, arXiv:1712.05877.
 */
export function quantizeNetwork(
  network: Network,
  samples: Tensor,
  method: CalibrationMethod = { kind: "minMax" },
  activations: ActivationType = "int8",
): QuantizedNetwork {
  const prepared = prepareForIntegers(network);
  return quantizeWithRanges(prepared, calibrate(prepared, samples, method), activations);
}

/**
 * Quantizes a network whose activations' ranges are known.
 *
 * @param network as `prepareForIntegers` gives it
 * @param ranges of the network's input and of each layer's output
 * @throws UserError naming a layer that has no form with activations of int16, where they are asked for
 */
export function quantizeWithRanges(
  network: Network,
  ranges: readonly RealRange[],
  activations: ActivationType = "int8",
): QuantizedNetwork {
  const form = integerForm(network);
  const formats = quantizeActivations(form, ranges, activations);
  const writer = new NetworkWriter(network, formats);
  for (const step of form.steps) writer.putStep(step);
  return writer.finish(form.output);
}

/** Writes the layers of an integer network, and what has to stand between them so that shapes and formats fit. */
class NetworkWriter {
  private readonly tensors: QuantizedTensor[] = [];
  private readonly layers: QuantizedLayer[] = [];
  /** Activation's number → index of its tensor. */
  private readonly indices = new Map<number, number>();
  /** By a name that tells them apart: tensors with the values of another one. */
  private readonly variants = new Map<string, number>();

  constructor(
    private readonly network: Network,
    private readonly formats: ReadonlyMap<number, ActivationFormat>,
  ) {
    this.indices.set(0, this.putTensor("input", network.inputShape, formats.get(0)!));
  }

  putStep(step: IntegerStep): void {
    const { layer, fused, inputs, output } = step;
    const given = inputs.map((number) => this.indices.get(number)!);
    const format = this.formats.get(output)!;
    const shapes = integerShapes(
      layer,
      given.map((index) => this.tensors[index].shape),
    );
    const taken = given.map((index, k) => {
      const joined = this.joinedFormat(step);
      const fitting = joined === undefined ? index : this.requantized(index, joined, layer.name);
      return this.reshaped(fitting, shapes.inputs[k]);
    });
    const index = this.putTensor((fused ?? layer).name, shapes.output, format);
    const place = { name: layer.name, inputs: taken, output: index };
    const input = this.formats.get(inputs[0])!;
    this.layers.push(quantizeLayer(step, place, input, format, shapes.output.length));
    this.indices.set(output, index);
  }

  /** What all that a layer takes is brought to; undefined where it takes each as it is. */
  private joinedFormat({ layer, inputs, output }: IntegerStep): ActivationFormat | undefined {
    if (layer.kind === "concatenate") return this.formats.get(output);
    return layer.kind === "reconstructionError" ? this.formats.get(inputs[1]) : undefined;
  }

  /** @param output number of the activation that is the network's output */
  finish(output: number): QuantizedNetwork {
    const { network, tensors, layers } = this;
    const last = this.reshaped(this.indices.get(output)!, network.outputShape);
    return {
      name: network.name,
      tensors,
      inputs: [{ tensor: 0, name: "input", border: "float32" }],
      outputs: [{ tensor: last, name: "output", border: "float32" }],
      states: [],
      layers,
    };
  }

  /** The same values in a shape. */
  private reshaped(index: number, shape: Shape): number {
    const tensor = this.tensors[index];
    if (isSameShape(tensor.shape, shape)) return index;
    return this.variant(`${tensor.name} as ${shape.join(" x ")}`, (name) => {
      const output = this.tensors.push({ ...tensor, name, shape }) - 1;
      return { kind: "reshape", name, inputs: [index], output };
    });
  }

  /** The same values in the format of a layer that joins them to others. */
  private requantized(index: number, format: ActivationFormat, joinedBy: string): number {
    const { name: from, shape } = this.tensors[index];
    if (isSameQuantization(this.tensors[index], format)) return index;
    return this.variant(`${from} for ${joinedBy}`, (name) => {
      const output = this.putTensor(name, shape, format);
      return { kind: "requantize", name, inputs: [index], output };
    });
  }

  private variant(name: string, create: (name: string) => QuantizedLayer): number {
    let index = this.variants.get(name);
    if (index === undefined) {
      const layer = create(name);
      this.layers.push(layer);
      index = layer.output;
      this.variants.set(name, index);
    }
    return index;
  }

  private putTensor(name: string, shape: Shape, { elementType, quantization }: ActivationFormat): number {
    return this.tensors.push({ name, shape, elementType, quantization }) - 1;
  }
}
