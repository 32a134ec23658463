import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import { elementCount, formatShape, type Shape } from "../../base/tensor.js";
import { type LayerPlace, mostWeights } from "./kerasFile.js";

/** Old files have it in the configuration only. */
export function nameOf(layer: Fields, config: Fields): string {
  return config.has("name") ? config.string("name") : layer.string("name");
}

/** A layer of the model that stands there. */
export function placeIn({ names, stored }: LayerPlace, name: string, storedName: string): LayerPlace {
  return { names: [...names, name], stored: [...stored, storedName] };
}

/** How .keras archives number the layers of a model: by class, from the second one on. */
export class StoredNames {
  private readonly used = new Map<string, number>();

  next(className: string): string {
    // Source: Keras 3, src/utils/naming.py, to_snake_case
    const name = className
      .replace(/\W+/g, "")
      .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .toLowerCase();
    const count = this.used.get(name) ?? 0;
    this.used.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

/** Without the batch axis, whatever it is. */
export function readBatchShape(fields: Fields, name: string): Shape {
  const [, ...shape] = fields.array(name);
  const isSize = (size: unknown): size is number => Number.isInteger(size) && Number(size) >= 1;
  if (shape.length >= 1 && shape.length <= 3 && shape.every(isSize) && elementCount(shape) <= mostWeights) {
    return shape;
  }
  const found = formatShape(shape.map((size) => (isSize(size) ? size : null)));
  throw new UserError(
    `${fields.place}.${name}: the input must have 1 to 3 axes of fixed sizes, found ${found}`,
    "build the model with a fixed input shape, and save it again",
  );
}
