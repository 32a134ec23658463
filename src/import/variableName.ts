import type { TfliteOperator } from "./readTflite.js";
import { varHandleOptions } from "./tfliteSchema.js";

/** Longer names may be cut when they are read, and two be taken for one. */
const longestName = 500;

/** The name that tells variables apart, in whichever subgraph; undefined where an operator makes no handle. */
export function variableName({ name, options, optionsType }: TfliteOperator): string | undefined {
  if (name !== "VAR_HANDLE" || optionsType !== varHandleOptions.type || options === undefined)
    return undefined;
  const [container, own] = [
    options.text(varHandleOptions.container),
    options.text(varHandleOptions.sharedName),
  ];
  if (own === "" || own.length > longestName || container.length > longestName) return undefined;
  return JSON.stringify([container, own]);
}
