import type { KernelArgument } from "../src/kernels/kernelArgument.js";
import type { KernelCall } from "../src/program/program.js";
import type { KernelSource } from "./ir.js";

/** Numbers that come from weights and scales and not from shapes, by their names in the kernels' interfaces. */
const valueFields: ReadonlySet<string> = new Set([
  ...[
    "inputZeroPoint",
    "input1ZeroPoint",
    "input2ZeroPoint",
    "outputZeroPoint",
    "activationMin",
    "activationMax",
  ],
  ...[
    "multiplier",
    "rightShift",
    "leftShift",
    "sharedMultiplier",
    "sharedRightShift",
    "factor",
    "fractionBits",
  ],
  ...["input1Multiplier", "input1RightShift", "input2Multiplier", "input2RightShift"],
  ...["outputMultiplier", "outputRightShift", "exponentialCount"],
]);
/** Where a name says two things: the same are places in other kernels. */
const valueFieldsOf: Readonly<Record<string, ReadonlySet<string>>> = {
  mean: new Set(["start"]),
  pad: new Set(["value"]),
};

/** Below one row's maximum there are 255 others. */
const MOST_EXPONENTIALS = 256;

/** The table in which a layer's numbers are, where they are not folded into its code. */
export const numbersField = "numbers";

/** Places in that table, by the fields' names. */
export type NumberPlaces = ReadonlyMap<string, number>;

/**
 * A call whose numbers stand in a table, so that its code is that of every network of the same structure. Tables whose
 * length comes from values get the longest that there is.
 */
export function withNumbersInTable(
  call: KernelCall,
  kernel: KernelSource,
): { readonly call: KernelCall; readonly kernel: KernelSource; readonly places: NumberPlaces } {
  const isValue = (field: string): boolean =>
    typeof call.layer[field] === "number" &&
    (valueFields.has(field) || valueFieldsOf[call.kernel]?.has(field) === true);
  const names = kernel.fields.map(({ name }) => name).filter(isValue);
  const { exponentials } = call.layer;
  const structural = Object.entries(call.layer).filter(([name]) => !isValue(name));
  const layer: Record<string, KernelArgument> = {
    ...Object.fromEntries(structural),
    ...(exponentials instanceof Int32Array && { exponentials: padded(exponentials, MOST_EXPONENTIALS) }),
    [numbersField]: Int32Array.from(names, (name) => call.layer[name] as number),
  };
  const description = `int32 [${names.length}]: ${names.join(", ")}.`;
  return {
    call: { ...call, layer },
    kernel: {
      ...kernel,
      fields: [...kernel.fields, { name: numbersField, elementType: "int32_t", description }],
    },
    places: new Map(names.map((name, place) => [name, place])),
  };
}

function padded(values: Int32Array, length: number): Int32Array {
  const all = new Int32Array(length);
  all.set(values);
  return all;
}
