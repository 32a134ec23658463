import { elementCount } from "../base/tensor.js";
import { audioMacs, audioTables } from "../network/audioFrontEnd.js";
import type { QuantizedAudioFeatures } from "../network/quantizedNetwork.js";
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
    parameters: audioTables(frontEnd).reduce((sum, { shape }) => sum + elementCount(shape), 0),
    scratch: [
      { elementType: "int16", elements: 2 * halfLength },
      { elementType: "int32", elements: channels },
      { elementType: "int32", elements: channels },
    ],
  };
}
