import { readFileSync } from "node:fs";
import int from "./int.js";
import * as all from "./int.js";
import { clamp as limit, type i32, sqrt } from "./int.js";

export interface ForeignImports {
  readonly size: i32;
}

export function foreignImports(layer: ForeignImports, input: Int8Array, output: Int8Array): void {
  output[0] = sqrt(input[layer.size]);
}
