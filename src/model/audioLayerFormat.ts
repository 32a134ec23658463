import type { JsonObject } from "../base/json.js";
import { elementCount, isSameShape } from "../base/tensor.js";
import {
  type AudioFrontEnd,
  audioNumbers,
  audioOutput,
  audioState,
  audioTables,
  frameCount,
  readAudioFrontEnd,
} from "../network/audioFrontEnd.js";
import { isSameQuantization } from "../network/quantization.js";
import type { QuantizedAudioFeatures, QuantizedAudioStream } from "../network/quantizedNetwork.js";
import type { PutTensor, QuantizedLayerFormat } from "./quantizedLayerFormat.js";

const write = ({ frontEnd }: { readonly frontEnd: AudioFrontEnd }, put: PutTensor): JsonObject => {
  for (const { name, shape, data } of audioTables(frontEnd)) put(name, shape, Int32Array.from(data));
  return audioNumbers(frontEnd);
};

export const audioLayerFormat: QuantizedLayerFormat<QuantizedAudioFeatures> = {
  arity: 1,
  write,
  read({ fields, inputs: [input], output, int32 }) {
    const frontEnd = readAudioFrontEnd(fields, int32);
    const frames = frameCount(frontEnd, input!.shape[0] ?? 0);
    const isClip = input!.shape.length === 1 && input!.elementType === "int16";
    if (!isClip || frames < 1) {
      fields.fail("inputs", `an int16 tensor [samples] of ${frontEnd.windowSamples} samples or more`);
    }
    if (!isSameShape(output.shape, [frames, frontEnd.channels])) {
      fields.fail("output", `a tensor [${frames}, ${frontEnd.channels}]`);
    }
    if (!isSameQuantization(output, { quantization: audioOutput })) {
      fields.fail("output", "a tensor of scale 26/255 and zero point -128");
    }
    return { frontEnd };
  },
};

export const audioStreamFormat: QuantizedLayerFormat<QuantizedAudioStream> = {
  arity: 2,
  write,
  read({ fields, inputs: [input, before], output, int32 }) {
    const frontEnd = readAudioFrontEnd(fields, int32);
    const frames = elementCount(input!.shape) / frontEnd.stepSamples;
    if (
      input!.shape.length !== 1 ||
      input!.elementType !== "int16" ||
      !Number.isInteger(frames) ||
      frames < 1
    ) {
      fields.fail("inputs", `an int16 tensor [samples] of steps of ${frontEnd.stepSamples}`);
    }
    const { bytes } = audioState(frontEnd, frames);
    const waiting = (elementCount(output.shape) - bytes) / 2;
    const isRight = Number.isInteger(waiting) && waiting >= 0 && waiting < frontEnd.stepSamples;
    if (before !== output || output.shape.length !== 1 || !isRight) {
      fields.fail("output", `the second input, [${bytes}], or with 2 more for each sample that waits`);
    }
    return { frontEnd };
  },
};
