import type { Quantization, Quantized } from "./quantizedNetwork.js";

/**
 * The quantization of an element, whatever way it is given.
 *
 * @param element index of the element, rows behind each other (or of its column); left out where one holds for all
 * @throws Error where it is left out of a tensor whose columns have quantizations of their own
 */
export function quantizationOf({ quantization }: Quantized, element?: number): Quantization {
  if (!isTable(quantization)) return quantization;
  if (element === undefined) throw new Error("each column has a quantization of its own: name the column");
  return quantization[element % quantization.length]!;
}

/** All of them: one, or one for each column. */
export function quantizationsOf({ quantization }: Quantized): readonly Quantization[] {
  return isTable(quantization) ? quantization : [quantization];
}

export function isSameQuantization(a: Quantized, b: Quantized): boolean {
  const [first, second] = [quantizationsOf(a), quantizationsOf(b)];
  return (
    first.length === second.length &&
    first.every(({ scale, zeroPoint }, i) => scale === second[i]!.scale && zeroPoint === second[i]!.zeroPoint)
  );
}

function isTable(quantization: Quantized["quantization"]): quantization is readonly Quantization[] {
  return Array.isArray(quantization);
}
