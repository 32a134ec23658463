import { isSameShape } from "../base/tensor.js";
import {
  audioNumbers,
  audioOutput,
  audioTables,
  frameCount,
  readAudioFrontEnd,
} from "../network/audioFrontEnd.js";
import { isSameQuantization } from "../network/quantization.js";
import type { QuantizedAudioFeatures } from "../network/quantizedNetwork.js";
import type { QuantizedLayerFormat } from "./quantizedLayerFormat.js";

export const audioLayerFormat: QuantizedLayerFormat<QuantizedAudioFeatures> = {
  arity: 1,
  write({ frontEnd }, put) {
    for (const { name, shape, data } of audioTables(frontEnd)) put(name, shape, Int32Array.from(data));
    return audioNumbers(frontEnd);
  },
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
