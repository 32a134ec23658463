import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { type DType, formatShape, type Shape, Tensor } from "../../base/tensor.js";
import {
  type AudioFrontEnd,
  audioMacs,
  audioNumbers,
  audioOutput,
  audioTables,
  frameCount,
  readAudioFrontEnd,
} from "../../network/audioFrontEnd.js";
import { createAudioFrontEnd } from "../../signal/audioFrontEnd.js";
import { type AudioOptions, audioParameters } from "../../signal/audioOptions.js";
import { runAudio, settleAudio } from "../../signal/settleAudio.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import { KeptFeatures, samplesToInt16 } from "./keptFeatures.js";
import type { LayerBase, LayerSetting, RebuildContext, Statistic } from "./layer.js";

/**
 * Features of a sound by integer arithmetic, which is the device's own: training and prediction see the numbers that it
 * gives. They depend on the samples alone, so those of each clip are computed once and kept, and no gradient goes further.
 *
 *   input   [batch, samples]           int16 as a microphone gives them
 *   output  [batch, frames, channels]  0 … 26 in steps of 26 / 255
 *
 * A frame begins every `stepMs`; the last one ends within the clip. Noise is 0 before the first. docs/signals.md has the
 * formulas.
 *
 * Source: TensorFlow microfrontend; see {@link AudioFrontEnd}.
 */
export class AudioFeatures implements LayerBase {
  readonly kind = "audioFeatures";
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly parameters = [];
  readonly statistics: readonly Statistic[];
  readonly macs: number;
  private readonly features: KeptFeatures<Int8Array>;

  /** @throws UserError where a clip is shorter than a frame, or the arithmetic has no room for the front-end */
  constructor(
    readonly name: string,
    inputShape: Shape,
    readonly frontEnd: AudioFrontEnd,
    dtype: DType,
  ) {
    const { windowSamples, channels } = frontEnd;
    const frames = inputShape.length === 1 ? frameCount(frontEnd, inputShape[0]) : 0;
    if (frames < 1) {
      throw new UserError(
        `layer "${name}" takes [samples] of a clip, ${windowSamples} or more; found ${formatShape(inputShape)}`,
        "give it the samples of one channel: 16000 for a second",
      );
    }
    const settled = settleAudio(name, frontEnd);
    this.features = new KeptFeatures((samples) => runAudio(settled, samples));
    this.inputShapes = [inputShape];
    this.outputShape = [frames, channels];
    this.macs = frames * audioMacs(frontEnd);
    this.statistics = audioTables(frontEnd).map(({ name, shape, data }) => {
      const value = Tensor.zeros(shape, dtype);
      value.data.set(data);
      return { name, value };
    });
  }

  /** @throws UserError on a sample that is no number */
  forward([input]: readonly Tensor[], output: Tensor): void {
    const size = this.inputShapes[0][0];
    const [frames, channels] = this.outputShape;
    const { scale, zeroPoint } = audioOutput;
    for (let b = 0; b * size < input.data.length; b++) {
      const samples = samplesToInt16(this.name, input.data.subarray(b * size, (b + 1) * size));
      const at = b * frames * channels;
      this.features.of(samples).forEach((q, i) => {
        output.data[at + i] = scale * (q - zeroPoint);
      });
    }
  }

  /** Nothing is trained here, and a sample of sound has no use for a gradient. */
  backward(
    _inputs: readonly Tensor[],
    _output: Tensor,
    _outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    inputGradient?.data.fill(0);
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return audioNumbers(this.frontEnd);
  }
}

/**
 * Makes features of a sound: the micro front-end of TensorFlow Lite Micro, ESPHome and microWakeWord, bit for bit.
 *
 * It is the first layer of a network that takes int16 samples, [samples], and gives [frames, channels].
 *
 * @throws UserError when the network is built: naming an option that is out of range
 */
export function audioFeatures(options: AudioOptions & LayerOptions = {}): LayerSpec<AudioFeatures> {
  const { name, ...audio } = options;
  return defineLayer("audioFeatures", { ...(name !== undefined && { name }) }, (context) => {
    const shape = onlyShape(context.inputShapes);
    return new AudioFeatures(context.name, shape, createAudioFrontEnd(audioParameters(audio)), context.dtype);
  });
}

/** Rebuilds a layer from its {@link AudioFeatures.settings}. */
export function readAudioFeatures(
  settings: Fields,
  { name, inputShapes, parameter }: RebuildContext,
): AudioFeatures {
  const frontEnd = readAudioFrontEnd(settings, (table, shape) => parameter(table, shape).data);
  return new AudioFeatures(
    name,
    onlyShape(inputShapes),
    frontEnd,
    parameter("window", [frontEnd.windowSamples]).dtype,
  );
}
