import { isSameShape } from "../base/tensor.js";
import { isSameQuantization, quantizationOf } from "../network/quantization.js";
import { readSignalBlock } from "../network/readSignalBlock.js";
import {
  type QuantizedSignal,
  type SignalKind,
  signalNumbers,
  signalOutput,
  signalTables,
} from "../network/signalBlocks.js";
import type { PutTensor, QuantizedLayerSource } from "./quantizedLayerFormat.js";

/** How a signal block of a kind stands in a model file. */
export const signalLayerFormat = (kind: SignalKind) => ({
  arity: 1,
  write({ block }: QuantizedSignal, put: PutTensor) {
    for (const { name, shape, data } of signalTables(block)) put(name, shape, Int32Array.from(data));
    return signalNumbers(block);
  },
  read({ fields, inputs: [input], output, int32 }: QuantizedLayerSource) {
    const block = readSignalBlock(kind, input!.shape, fields, int32);
    const given = signalOutput(block);
    if (!isSameShape(output.shape, given.shape)) {
      fields.fail("output", `a tensor [${given.shape.join(", ")}]`);
    }
    if (!isSameQuantization(output, given)) {
      fields.fail("output", `a tensor with the scales of ${kind}, ${quantizationOf(given, 0).scale} first`);
    }
    return { block };
  },
});
