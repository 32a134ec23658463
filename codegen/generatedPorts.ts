import type { PortSlot, Program } from "../src/program/program.js";
import { snakeCase, uniqueIdentifier } from "./names.js";

/** An input or output of a network in C. */
export interface GeneratedPort {
  readonly slot: PortSlot;
  /**
   * What its function, its type and, in capitals, its macros are called behind the network's name: "input", or "input_accel"
   * where there are several.
   */
  readonly stem: string;
  /** What converts its values: "quantize" or "dequantize", or "quantize_input_accel" where there are several. */
  readonly conversion: string;
  /** What converts one value of an input: "quantize_input", or "quantize_input_accel_element". */
  readonly element: string;
}

/** Both sides of a network in C. */
export interface GeneratedPorts {
  readonly inputs: readonly GeneratedPort[];
  readonly outputs: readonly GeneratedPort[];
}

/** Names that with something before or behind them would be another's. */
const confusing = /(^|_)(t|at|q16|element)$/;
const longestName = 36;

/** Letters, digits and underscores: of "input_1" the number, since network_input_1 says the rest. */
function wordsOf({ name }: PortSlot, what: string, index: number): string {
  const words = snakeCase(name)
    .replace(/[^a-z0-9]+/g, "_")
    .replace(new RegExp(`^_*(${what}_)?`), "")
    .slice(0, longestName)
    .replace(/_+$/, "");
  if (words === "") return String(index);
  return confusing.test(words) ? `${words}_port` : words;
}

function namePorts(slots: readonly PortSlot[], what: "input" | "output"): GeneratedPort[] {
  const convert = what === "input" ? "quantize" : "dequantize";
  const [only] = slots;
  if (slots.length === 1)
    return [{ slot: only!, stem: what, conversion: convert, element: `${convert}_${what}` }];
  const taken = new Set<string>();
  return slots.map((slot, index) => {
    const stem = uniqueIdentifier(`${what}_${wordsOf(slot, what, index)}`, taken);
    return { slot, stem, conversion: `${convert}_${stem}`, element: `${convert}_${stem}_element` };
  });
}

export function generatePorts({ inputs, outputs }: Program): GeneratedPorts {
  return { inputs: namePorts(inputs, "input"), outputs: namePorts(outputs, "output") };
}

/** Whether a network's inputs or outputs have names of their own. */
export function hasSeveral({ inputs, outputs }: Record<"inputs" | "outputs", readonly unknown[]>): boolean {
  return inputs.length > 1 || outputs.length > 1;
}

/** Names at file scope, behind the network's, that several ports take. */
export function namesOfPorts(ports: GeneratedPorts): string[] {
  if (!hasSeveral(ports)) return [];
  const each = [...ports.inputs, ...ports.outputs].flatMap(({ stem, conversion, element }) => [
    ...[stem, `${stem}_t`, conversion, `${conversion}_q16`, element],
  ]);
  return [...each, "input_at", "output_at"];
}
