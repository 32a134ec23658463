import type { Helper, Statement } from "./ir.js";
import type { SpecialisedKernel } from "./specialise.js";
import { visitStatements } from "./walk.js";

/**
 * Parameters of helpers that tables are handed to, by the helpers' names in C: chips whose flash is another address space
 * need to be told. undefined where something else is handed to one of them too, or a table to a function of int.h or simd.h.
 */
export function findTableParameters(
  kernels: readonly SpecialisedKernel[],
): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  const helpers = new Map<string, Helper>();
  for (const kernel of kernels) for (const helper of kernel.helpers) helpers.set(helper.nameInC, helper);
  const handed = new Map(
    [...helpers.keys()].map((name) => [name, { tables: new Set<string>(), others: new Set<string>() }]),
  );
  let isMixed = false;
  const note = (body: readonly Statement[], tables: ReadonlySet<string>): void =>
    visitStatements(body, (found) => {
      if (found.kind !== "call") return;
      for (const [index, argument] of found.arguments.entries()) {
        if (argument.kind !== "array") continue;
        const isTable = tables.has(argument.name);
        const parameter = helpers.get(found.name)?.parameters[index]?.name;
        if (parameter === undefined) isMixed ||= isTable;
        else handed.get(found.name)![isTable ? "tables" : "others"].add(parameter);
      }
    });
  for (const { body, tables } of kernels) note(body, new Set(tables.map(({ name }) => name)));
  // callers stand behind their callees
  for (const helper of [...helpers.values()].reverse()) note(helper.body, handed.get(helper.nameInC)!.tables);
  for (const { tables, others } of handed.values()) isMixed ||= [...tables].some((name) => others.has(name));
  return isMixed ? undefined : new Map([...handed].map(([name, { tables }]) => [name, tables]));
}
