import { UserError } from "../src/base/errors.js";
import type { KernelArgument } from "../src/kernels/kernelArgument.js";
import { FoldingError } from "./fold.js";
import type { ElementType, Helper, KernelSource, LayerField, Statement } from "./ir.js";
import { snakeCase } from "./names.js";
import { defaultName } from "./networkNames.js";
import { removeUnused } from "./removeUnused.js";
import { type Callees, Specialiser } from "./specialiser.js";
import type { NumberPlaces } from "./valueNumbers.js";
import { namesIn, visitStatements } from "./walk.js";
import { widen } from "./widen.js";

/** A kernel with the numbers of one layer folded in; its arrays stay parameters. */
export interface SpecialisedKernel {
  readonly kernel: KernelSource;
  readonly body: readonly Statement[];
  /** Array fields that the body still reads, in the interface's order. */
  readonly tables: readonly LayerField[];
  /** Helpers that the body still calls, callees before callers. */
  readonly helpers: readonly Helper[];
  /** What body and helpers call of firmware/int.h and simd.h, by its names there. */
  readonly arithmetic: ReadonlySet<string>;
}

/**
 * Folds a layer's numbers into its kernel: field reads become literals, branches on them disappear, loops get
 * literal bounds; loops that never run, locals that nothing needs and tables that are never read go.
 *
 * @param layerName for messages
 * @param prefix what functions' names in C begin with
 * @param places of numbers that are read from a table and not folded
 * @throws UserError where folding meets arithmetic that C leaves undefined
 */
export function specialise(
  kernel: KernelSource,
  layer: Readonly<Record<string, KernelArgument>>,
  layerName: string,
  prefix: string = defaultName,
  places: NumberPlaces = new Map(),
): SpecialisedKernel {
  try {
    return specialiseOrThrow(kernel, layer, prefix, places);
  } catch (error) {
    if (!(error instanceof FoldingError)) throw error;
    throw new UserError(
      `layer "${layerName}": ${kernel.file} cannot be specialised for it: ${error.message}`,
      "a kernel's numbers stay in int32; correct the kernel or the layer's numbers",
    );
  }
}

function specialiseOrThrow(
  kernel: KernelSource,
  layer: Readonly<Record<string, KernelArgument>>,
  prefix: string,
  places: NumberPlaces,
): SpecialisedKernel {
  const helpersByName = new Map(kernel.helpers.map((helper) => [helper.name, helper]));
  /** Which functions were called for which counts, by their names in C. */
  const copies = new Map<string, { readonly called: string; readonly counts: readonly number[] }>();
  const callees: Callees = {
    countsOf: (called) =>
      helpersByName.get(called)?.parameters.flatMap(({ isCount }, place) => (isCount ? [place] : [])) ?? [],
    nameInC: (called, counts) => {
      const name = helpersByName.get(called)?.nameInC ?? snakeCase(called);
      const nameInC = [prefix, name, ...counts].join("_");
      const known = copies.get(nameInC);
      if (known && known.called !== called)
        throw new Error(`${called} and ${known.called} have one name in C: ${nameInC}`);
      copies.set(nameInC, { called, counts });
      return nameInC;
    },
  };
  const fold = (
    body: readonly Statement[],
    arrays: readonly { name: string; elementType: ElementType | undefined }[],
    counts?: ReadonlyMap<string, number>,
  ): Statement[] => {
    const types = new Map(arrays.map((array) => [array.name, array.elementType]));
    return removeUnused(new Specialiser({ numbers: layer, places }, types, callees, counts).body(body));
  };
  const used = new Set<string>();
  const noteCalls = (statements: readonly Statement[]): void =>
    visitStatements(statements, (found) => {
      if (found.kind === "call") used.add(found.name);
    });
  const body = fold(kernel.body, [...kernel.fields, ...kernel.activations]);
  noteCalls(body);
  const helpers: Helper[] = [];
  // callers stand after their callees, so one pass from the end finds all that is reached
  for (const helper of [...kernel.helpers].reverse()) {
    const names = helper.parameters.flatMap(({ name, isCount }) => (isCount ? [name] : []));
    for (const [nameInC, { called, counts }] of [...copies]) {
      if (called !== helper.name || !used.has(nameInC)) continue;
      const settled = new Map(names.map((name, index) => [name, counts[index]!]));
      const helperBody = fold(helper.body, helper.parameters, settled);
      noteCalls(helperBody);
      const parameters = helper.parameters.filter(({ isCount }) => !isCount);
      helpers.unshift({ ...helper, nameInC, parameters, body: widen(helperBody, parameters) });
    }
  }
  const names = namesIn(body);
  return {
    arithmetic: new Set(kernel.arithmeticInC.filter((name) => used.has(`${prefix}_${name}`))),
    kernel,
    body: widen(body, [...kernel.fields, ...kernel.activations]),
    tables: kernel.fields.filter((field) => field.elementType !== undefined && names.has(field.name)),
    helpers,
  };
}
