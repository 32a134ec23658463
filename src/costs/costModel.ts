import type { KernelArgument } from "../kernels/kernelArgument.js";
import type { Target } from "../program/target.js";
import { coefficientTable } from "./costCoefficients.js";
import { costTerms } from "./costTerms.js";
import type { Numbers, Terms } from "./kernelTerms.js";

/** What a call of a kernel is modelled to take on a core, in C that is compiled for speed. */
export interface KernelCost {
  /** Cycles of a Cortex-M4 where the target has packed arithmetic, else instructions of a Cortex-M3. */
  readonly time: number;
  /** For all layers with these numbers, which share it. */
  readonly codeBytes: number;
}

type Coefficients = Readonly<Record<string, number>>;

/** By core, kernel and what they are of: "cortex-m4 convolutionDigits time". */
const coefficients: ReadonlyMap<string, Coefficients> = new Map(
  coefficientTable
    .trim()
    .split("\n")
    .map((line) => {
      const [name, terms] = line.split(": ") as [string, string];
      const pairs = terms.split(", ").map((term) => term.split(" "));
      return [name, Object.fromEntries(pairs.map(([term, value]) => [term, Number(value)]))];
    }),
);

/** The core whose measurements stand for a target's. */
export function modelledCore({ dsp }: Target): "cortex-m4" | "cortex-m3" {
  return dsp ? "cortex-m4" : "cortex-m3";
}

function dot(of: Coefficients, terms: Terms): number {
  return Object.entries(terms).reduce((sum, [term, count]) => sum + (of[term] ?? 0) * count, 0);
}

/** undefined for kernels of which nothing was measured: layers that have no other. */
export function modelCost(
  kernel: string,
  layer: Readonly<Record<string, KernelArgument>>,
  target: Target,
): KernelCost | undefined {
  const terms = costTerms[kernel];
  const of = (part: string) => coefficients.get(`${modelledCore(target)} ${kernel} ${part}`);
  const time = of("time");
  if (terms === undefined || time === undefined) return undefined;
  const n = layer as Numbers; // terms read none of its tables
  return {
    time: Math.round(dot(time, terms.time(n))),
    codeBytes: Math.round(dot(of("code") ?? {}, terms.code(n))),
  };
}
