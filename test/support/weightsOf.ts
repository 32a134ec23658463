import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The path of the weights that a model's description names. */
export function weightsOf(model: string): string {
  return join(dirname(model), JSON.parse(readFileSync(model, "utf8")).weights.file);
}
