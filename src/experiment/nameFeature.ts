import { quoted } from "../base/printable.js";
import type { Dataset } from "../train/data/dataset.js";
import { nameColumn } from "./quantizationLoss.js";

/** A message of a feature by its number, with the column's name and values. */
export function nameFeature(message: string, { inputs, inputNames }: Dataset): string {
  const [, number] = message.match(/feature (\d+)/) ?? [];
  if (number === undefined) return message;
  const columns = inputs.shape.at(-1) ?? 1;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let k = Number(number); k < inputs.data.length; k += columns) {
    min = Math.min(min, inputs.data[k]);
    max = Math.max(max, inputs.data[k]);
  }
  const name = quoted(nameColumn(inputNames, Number(number)));
  return `${message}; it is the input ${name}, whose training data are ${min}..${max}`;
}
