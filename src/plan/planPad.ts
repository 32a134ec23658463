import { UserError } from "../base/errors.js";
import { elementCount } from "../base/tensor.js";
import type { QuantizedPad } from "../network/quantizedNetwork.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { expectSameQuantization } from "./sameQuantization.js";

interface PaddedAxis {
  readonly before: number;
  readonly size: number;
  readonly after: number;
}

/** Axes the kernel knows: planes, rows and the values of a row. */
const kernelAxes = 3;

/** The fewest axes with the same values in the same order: one without padding joins the one in front of it. */
function mergeAxes(layer: QuantizedPad, shape: readonly number[]): PaddedAxis[] {
  const merged: PaddedAxis[] = [];
  for (let axis = shape.length - 1, inner = 1; axis >= 0; axis--) {
    const [before, size, after] = [layer.before[axis]!, shape[axis]!, layer.after[axis]!];
    if (before === 0 && after === 0 && axis > 0) {
      inner *= size;
    } else {
      merged.unshift({ before: before * inner, size: size * inner, after: after * inner });
      inner = 1;
    }
  }
  return merged;
}

/**
 * Settles values around an input.
 *
 * @throws UserError where scales or zero points differ, or more axes are padded than the kernel knows
 */
export function planPad(layer: QuantizedPad, { inputs: [input], output }: LayerContext): KernelChoice {
  expectSameQuantization(layer.name, [input], output);
  const axes = mergeAxes(layer, input.shape);
  if (axes.length > kernelAxes) {
    throw new UserError(
      `layer "${layer.name}": pads along ${axes.length} axes of [${input.shape.join(", ")}], at most ${kernelAxes} are possible`,
      "pad along fewer axes, or in two layers",
    );
  }
  const one: PaddedAxis = { before: 0, size: 1, after: 0 };
  const [planes, rows, values] = [...new Array<PaddedAxis>(kernelAxes - axes.length).fill(one), ...axes];
  const rowStride = values!.before + values!.size + values!.after;
  const planeStride = rowStride * (rows!.before + rows!.size + rows!.after);
  return {
    kernel: "pad",
    layer: {
      outputSize: elementCount(output.shape),
      planes: planes!.size,
      rows: rows!.size,
      width: values!.size,
      start: planes!.before * planeStride + rows!.before * rowStride + values!.before,
      planeStride,
      rowStride,
      value: layer.value,
    },
  };
}
