import type { GeneratedNetwork } from "./generatedNetwork.js";
import { type GeneratedPort, hasSeveral } from "./generatedPorts.js";
import { commentText } from "./names.js";
import { addressOf, arenaBytesOf, arenaParameter, slotText } from "./printSlots.js";

/** The functions of a network's header that say where inputs go, and where a run leaves outputs. */
export function printPortFunctions(network: GeneratedNetwork): string[] {
  const { prefix, inputs, outputs } = network;
  const parameter = (isRead: boolean) => arenaParameter(network, isRead)[0] ?? "void";
  const named = ({ stem, slot }: GeneratedPort, what: string) =>
    stem === what ? `the ${what}` : `the ${what} ${commentText(slot.name)}`;
  return [
    ...inputs.map(
      (port) => `/* Where ${named(port, "input")} goes: ${slotText(port.slot)}. A run may overwrite it. */
static inline ${prefix}_${port.stem}_t *${prefix}_${port.stem}(${parameter(false)})
{
    return ${addressOf(network, port.slot)};
}`,
    ),
    ...outputs.map(
      (port) => `/* Where a run leaves ${named(port, "output")}: ${slotText(port.slot)}. */
static inline const ${prefix}_${port.stem}_t *${prefix}_${port.stem}(${parameter(true)})
{
    return ${addressOf(network, port.slot, true)};
}`,
    ),
    ...(hasSeveral(network) ? [printAt(network, "input"), printAt(network, "output")] : []),
  ];
}

/** By number, for what treats all inputs or outputs alike. */
function printAt(network: GeneratedNetwork, what: "input" | "output"): string {
  const { prefix } = network;
  const isRead = what === "output";
  const parameters = [...arenaParameter(network, isRead), "int32_t number", "uint32_t *size"].join(", ");
  const cases = network[`${what}s`].map(
    ({ slot }, number) => `    case ${number}:
        *size = ${slot.bytes};
        return ${arenaBytesOf(network)} + ${slot.offset};`,
  );
  return `/* Where the bytes of an ${what} are, by its number from 0, and how many; 0 and *size 0 for a number that is none. */
static inline ${isRead ? "const " : ""}int8_t *${prefix}_${what}_at(${parameters})
{
    switch (number) {
${cases.join("\n")}
    default:
        *size = 0;
        return 0;
    }
}`;
}
