import { elementCount } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import type { QuantizedDetection } from "../network/quantizedNetwork.js";
import { detectionRows } from "../network/quantizedStateLayers.js";
import type { QuantizedLayerFormat } from "./quantizedLayerFormat.js";

/** Years of a microphone's are no use; sums and counts fit int16 and int32. */
const most = { window: 10_000, holdOff: 32_768, frames: 10_000 };

export const detectionFormat: QuantizedLayerFormat<QuantizedDetection> = {
  arity: 2,
  write: ({ cutoff, window, holdOff, frames }) => ({ cutoff, window, holdOff, frames }),
  read({ fields, inputs: [input, before], output }) {
    const window = fields.integer("window", 1, most.window);
    const [rows, classes] = output.shape;
    const isRight = before === output && rows === window + detectionRows && output.shape.length === 2;
    if (!isRight || classes !== elementCount(input!.shape)) {
      fields.fail("output", `the second input, [window + ${detectionRows}, classes]`);
    }
    const areProbabilities = [input!, output].every((tensor) => {
      const { scale, zeroPoint } = quantizationOf(tensor);
      return scale === 1 / 256 && zeroPoint === -128;
    });
    if (!areProbabilities) fields.fail("inputs", "probabilities: scale 1/256 and zero point -128");
    return {
      window,
      cutoff: fields.integer("cutoff", 0, 255),
      holdOff: fields.integer("holdOff", 0, most.holdOff),
      frames: fields.integer("frames", 1, most.frames),
    };
  },
};
