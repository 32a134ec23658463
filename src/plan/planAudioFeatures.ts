import { elementCount } from "../base/tensor.js";
import { type AudioFrontEnd, audioMacs, audioState, audioTables } from "../network/audioFrontEnd.js";
import type { QuantizedAudioFeatures, QuantizedAudioStream } from "../network/quantizedNetwork.js";
import { settleAudio } from "../signal/settleAudio.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";

/**
 * Settles the numbers of a front-end over a whole clip.
 *
 * @throws UserError where a band has too many bins, or gains leave int32
 */
export function planAudioFeatures(
  { name, frontEnd }: QuantizedAudioFeatures,
  { output, target }: LayerContext,
): KernelChoice {
  const frames = output.shape[0]!;
  const { channels, halfLength } = frontEnd;
  return {
    kernel: "audioFeatures",
    layer: { frames, isPacked: target.dsp ? 1 : 0, ...settleAudio(name, frontEnd) },
    macs: frames * audioMacs(frontEnd),
    parameters: tableValues(frontEnd),
    scratch: [
      { elementType: "int16", elements: 2 * halfLength },
      { elementType: "int32", elements: channels },
      { elementType: "int32", elements: channels },
    ],
  };
}

/**
 * Settles the numbers of a front-end over a stream: its state has what {@link audioState} says.
 *
 * @throws UserError as {@link planAudioFeatures} does
 */
export function planAudioStream(
  { name, frontEnd }: QuantizedAudioStream,
  { inputs: [input], output, target }: LayerContext,
): KernelChoice {
  const { channels, halfLength, stepSamples } = frontEnd;
  const addedSamples = elementCount(input!.shape);
  const frames = addedSamples / stepSamples;
  const waiting = (elementCount(output.shape) - audioState(frontEnd, frames).bytes) / 2;
  const { bytes: _, ...places } = audioState(frontEnd, frames, waiting);
  const settled = { frames, isPacked: target.dsp ? 1 : 0, ...settleAudio(name, frontEnd) };
  return {
    kernel: "audioStream",
    layer: { ...settled, addedSamples, ...places },
    macs: frames * audioMacs(frontEnd),
    parameters: tableValues(frontEnd),
    scratch: [
      { elementType: "int16", elements: places.keptSamples + addedSamples },
      { elementType: "int16", elements: 2 * halfLength },
      { elementType: "int32", elements: channels },
      { elementType: "int32", elements: channels },
    ],
  };
}

function tableValues(frontEnd: AudioFrontEnd): number {
  return audioTables(frontEnd).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
