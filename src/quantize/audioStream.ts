import { UserError } from "../base/errors.js";
import { elementCount, type Shape } from "../base/tensor.js";
import { audioOutput, audioState } from "../network/audioFrontEnd.js";
import { onlyInput } from "../network/ports.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedNetwork, QuantizedTensor } from "../network/quantizedNetwork.js";
import { contiguousStrides } from "../network/stridedView.js";
import { createAudioFrontEnd } from "../signal/audioFrontEnd.js";
import { type AudioOptions, audioParameters } from "../signal/audioOptions.js";

/**
 * A network of features alone: each run takes the samples of `frames` steps, and gives as many rows. They are those of
 * audioFeatures() over silence of a frame less a step, and all samples since a reset behind it.
 *
 *   input   int16 [frames · step]
 *   output  int8 [frames, channels]
 *
 * @throws UserError naming an option that is out of range
 */
export function audioStream(
  options: AudioOptions & { readonly frames?: number; readonly name?: string } = {},
): QuantizedNetwork {
  const { frames = 1, name = "audio", ...audio } = options;
  if (!Number.isInteger(frames) || frames < 1 || frames > 1024)
    throw new UserError(`audioStream: frames must be 1 to 1024 a run, found ${frames}`);
  const { channels } = audioParameters(audio);
  const features: QuantizedTensor = {
    ...{ name: "features", shape: [frames, channels], elementType: "int8", quantization: audioOutput },
  };
  const none: QuantizedNetwork = {
    ...{ name, tensors: [features], states: [], layers: [] },
    inputs: [{ tensor: 0, name: "input", border: "int8" }],
    outputs: [{ tensor: 0, name: "output", border: "float32" }],
  };
  return withAudioStream(none, audio);
}

/**
 * A network that takes features, such as microWakeWord's, with the front-end in front of it: it takes samples then, as many
 * steps as it took rows.
 *
 * @param network its one input is int8 [… rows, channels], in steps of 26/255 from −128 on
 * @throws UserError where it takes something else, or an option is out of range
 */
export function withAudioStream(network: QuantizedNetwork, options: AudioOptions = {}): QuantizedNetwork {
  const frontEnd = createAudioFrontEnd(audioParameters(options));
  const { channels, stepSamples } = frontEnd;
  const { tensor: features } = onlyInput(network);
  const taken = network.tensors[features]!;
  expectFeatures(network.name, taken, channels);
  const frames = elementCount(taken.shape) / channels;
  const { bytes } = audioState(frontEnd, frames);
  const [samples, state] = [network.tensors.length, network.tensors.length + 1];
  const { quantization } = taken;
  const nameOf = namesBeside(network);
  return {
    name: network.name,
    tensors: [
      ...network.tensors,
      {
        ...{ name: nameOf("samples"), shape: [frames * stepSamples], elementType: "int16" },
        quantization: { scale: 1, zeroPoint: 0 },
      },
      { name: nameOf("audio"), shape: [bytes], elementType: "int8", quantization },
    ],
    inputs: [{ tensor: samples, name: "samples", border: "int16" }],
    outputs: network.outputs,
    states: [{ tensor: state, reset: 0 }, ...network.states],
    layers: [
      { kind: "audioStream", name: nameOf("audio"), inputs: [samples, state], output: state, frontEnd },
      {
        ...{ kind: "copy", name: nameOf("features"), inputs: [state], output: features },
        ...{ start: 0, sizes: taken.shape, strides: contiguousStrides(taken.shape) },
      },
      ...network.layers,
    ],
  };
}

function expectFeatures(
  name: string,
  { shape, elementType, quantization }: QuantizedTensor,
  channels: number,
) {
  const { scale, zeroPoint } = quantizationOf({ quantization });
  const isRows = elementCount(shape) % channels === 0 && lastSize(shape) === channels;
  // a file's scale is 26/255 to some digits
  const isScale = Math.abs(scale / audioOutput.scale - 1) < 1e-4 && zeroPoint === audioOutput.zeroPoint;
  if (elementType === "int8" && isRows && isScale) return;
  throw new UserError(
    `network "${name}" takes ${elementType} [${shape.join(", ")}] of scale ${scale} and zero point ${zeroPoint}; features are int8 [… rows, ${channels}] of scale 26/255 = ${audioOutput.scale} and zero point -128`,
    "put the front-end that it was trained with in front of it: channels must agree",
  );
}

/** Axes of size 1 behind the channels say nothing. */
function lastSize(shape: Shape): number | undefined {
  return shape.findLast((size) => size > 1);
}

/** Names that the network has not. */
function namesBeside({ layers, tensors }: QuantizedNetwork): (name: string) => string {
  const taken = new Set([...layers, ...tensors].map(({ name }) => name));
  return (name) => {
    let found = name;
    for (let number = 2; taken.has(found); number++) found = `${name}_${number}`;
    return found;
  };
}
