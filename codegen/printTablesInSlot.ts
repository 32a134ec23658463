import type { GeneratedNetwork, GeneratedTable } from "./generatedNetwork.js";
import type { SlotTables } from "./slotTables.js";

const elementTypes: Readonly<Record<string, string>> = {
  Int8Array: "int8_t",
  Int16Array: "int16_t",
  Int32Array: "int32_t",
  Uint8Array: "uint8_t",
};

const WORDS_A_LINE = 8;

/** All tables as one, of words, since they begin at multiples of four; a run reads them through a pointer. */
export function printTablesInSlot({ prefix }: GeneratedNetwork, { bytes }: SlotTables): string {
  const macro = prefix.toUpperCase();
  const view = new DataView(bytes.buffer);
  const words = Array.from(
    { length: bytes.length / 4 },
    (_, i) =>
      `0x${view
        .getUint32(4 * i, true)
        .toString(16)
        .padStart(8, "0")}u`,
  );
  const lines = Array.from({ length: Math.ceil(words.length / WORDS_A_LINE) }, (_, line) => {
    const some = words.slice(line * WORDS_A_LINE, (line + 1) * WORDS_A_LINE);
    return `    ${some.join(", ")},`;
  });
  return `/* Weights, biases and all numbers that come from scales, behind each other, of a processor with the lowest byte first. */
${macro}_TABLES_ATTRIBUTES static const uint32_t ${prefix}_built_in_tables[${words.length}] = {
${lines.join("\n")}
};
${macro}_ASSERT(${prefix}_tables_are_words, sizeof(${prefix}_built_in_tables) == ${macro}_TABLES_BYTES);

const uint8_t *${prefix}_tables = (const uint8_t *)${prefix}_built_in_tables;`;
}

/** Where a table is: "(const int8_t *)(network_tables + 24)". */
export function tableInSlot(prefix: string, { offsets }: SlotTables, table: GeneratedTable): string {
  const type = elementTypes[table.values.constructor.name]!;
  return `(const ${type} *)(const void *)(${prefix}_tables + ${offsets.get(table)!})`;
}

/** What the header tells of them. */
export function printSlotDeclarations({ prefix }: GeneratedNetwork, slot: SlotTables): string {
  const macro = prefix.toUpperCase();
  const structure = Buffer.from(slot.structure, "hex");
  const digits = Array.from(structure, (byte) => `0x${byte.toString(16).padStart(2, "0")}`);
  return `/* Tables that a run reads: the built-in ones, until others of the same structure take their place. */
#define ${macro}_TABLES_BYTES ${slot.bytes.length}
#define ${macro}_SLOT_BYTES ${slot.slotBytes}
/* SHA-256 of what all of them have in common. */
#define ${macro}_STRUCTURE { \\
    ${digits.slice(0, 16).join(", ")}, \\
    ${digits.slice(16).join(", ")}, \\
}
extern const uint8_t *${prefix}_tables;`;
}
