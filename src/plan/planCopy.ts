import { UserError } from "../base/errors.js";
import type { QuantizedCopy } from "../network/quantizedNetwork.js";
import { contiguousStrides } from "../network/stridedView.js";
import type { KernelChoice, LayerContext } from "./kernelChoice.js";
import { expectSameQuantization } from "./sameQuantization.js";

/** Axes the kernel knows. */
const kernelAxes = 5;

interface CopiedAxis {
  readonly size: number;
  readonly stride: number;
}

/** The fewest axes that take the same values: one that goes on where the one behind it ends joins it. */
function mergeAxes({ sizes, strides }: QuantizedCopy): CopiedAxis[] {
  const merged: CopiedAxis[] = [];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const [size, stride] = [sizes[axis]!, strides[axis]!];
    const [inner] = merged;
    if (size === 1) continue;
    if (inner && stride === inner.stride * inner.size)
      merged[0] = { size: size * inner.size, stride: inner.stride };
    else merged.unshift({ size, stride });
  }
  return merged;
}

/**
 * Settles a copy of some values in another order.
 *
 * @throws UserError where scales or zero points differ, or the values lie along more axes than the kernel knows
 */
export function planCopy(layer: QuantizedCopy, { inputs, output }: LayerContext): KernelChoice {
  expectSameQuantization(layer.name, inputs, output);
  const axes = mergeAxes(layer);
  if (axes.length > kernelAxes) {
    throw new UserError(
      `layer "${layer.name}": copies along ${axes.length} axes, at most ${kernelAxes} are possible`,
      "copy in two layers, some axes each",
    );
  }
  const one: CopiedAxis = { size: 1, stride: 1 };
  const all = [...new Array<CopiedAxis>(kernelAxes - axes.length).fill(one), ...axes];
  const natural = contiguousStrides(all.map(({ size }) => size));
  // what is written at a place is read there, or further on, as long as the output starts no later than so
  const lead = all.reduce(
    (least, { size, stride }, axis) => least + Math.min(0, (size - 1) * (stride - natural[axis]!)),
    layer.start,
  );
  return {
    kernel: "stridedCopy",
    layer: {
      start: layer.start,
      ...Object.fromEntries(all.map(({ size }, axis) => [`size${axis + 1}`, size])),
      ...Object.fromEntries(all.map(({ stride }, axis) => [`stride${axis + 1}`, stride])),
    },
    overlaps: [{ input: 0, distance: -lead }],
  };
}
