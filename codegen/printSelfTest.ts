import { elementBytes } from "../src/network/elementTypes.js";
import { noiseFactor, noiseSummand, type SelfTest } from "../src/program/selfTest.js";
import type { GeneratedNetwork } from "./generatedNetwork.js";
import { arenaParameter } from "./printSlots.js";
import type { SlotTables } from "./slotTables.js";

/** What stands in the header of it. */
export function printSelfTestDeclaration(network: GeneratedNetwork): string {
  const { prefix } = network;
  const macro = prefix.toUpperCase();
  return `/*
 * Runs the network on noise that it makes, layer by layer, and holds each layer's output to the host's by a checksum.
 * Returns 0, or 1 + the first layer that differs. It writes to the arena as a run does${network.program.states.length > 0 ? `, and calls ${prefix}_reset` : ""}. Who does not call it loses nothing
 * with -ffunction-sections and --gc-sections, or with -D${macro}_NO_SELF_TEST for ${prefix}.c.
 */
#if !defined(${macro}_NO_SELF_TEST)
int32_t ${prefix}_self_test(${arenaParameter(network)[0] ?? "void"});
#endif`;
}

/** FNV-1a of each layer's output, as the host computed it, in a table of its own. */
function printChecksums({ prefix }: GeneratedNetwork, { checksums }: SelfTest, space: string): string {
  const rows = Array.from({ length: Math.ceil(checksums.length / 8) }, (_, row) => {
    const part = checksums.slice(row * 8, row * 8 + 8);
    return `    ${part.map((sum) => `0x${sum.toString(16).padStart(8, "0")}u,`).join(" ")}`;
  });
  return `/* FNV-1a of each layer's output, as the host computed it. */
${prefix.toUpperCase()}_TABLES_ATTRIBUTES static const ${space}uint32_t ${prefix}_self_test_checksums[${checksums.length}] = {
${rows.join("\n")}
};

`;
}

/**
 * @param space what says that a table is in flash, with a space behind it; or ""
 * @param slot the tables in which it finds shift and checksums, where others may take their place
 */
export function printSelfTest(
  network: GeneratedNetwork,
  selfTest: SelfTest,
  space: string,
  slot: SlotTables | undefined,
): string {
  const { prefix, program } = network;
  const macro = prefix.toUpperCase();
  const isShared = network.arena === "shared";
  const arena = isShared ? "arena" : "";
  const reset = program.states.length === 0 ? "" : `${prefix}_reset(${arena});\n`;
  const bits = 8 * elementBytes[program.inputs[0]!.elementType];
  const noise = `((int32_t)(noise >> ${32 - bits}) - ${bits === 8 ? 128 : "(int32_t)32768"})`;
  const shift = slot ? "(its[0] & 15u)" : selfTest.shift;
  const expected = slot ? "its[1 + layer]" : `${prefix}_self_test_checksums[layer]`;
  const words = slot
    ? `    const uint32_t *its = (const uint32_t *)(const void *)(${prefix}_tables + ${slot.selfTestOffset}); /* shift; FNV-1a of each layer's output */\n`
    : "";
  const fills = network.inputs.map(({ stem }, index) => {
    const input = network.inputs.length === 1 ? "input" : stem;
    const begin = index === 0 ? "    uint32_t noise = 0;\n" : "";
    return `    ${prefix}_${stem}_t *${input} = ${prefix}_${stem}(${arena});
${begin}    for (int32_t i = 0; i < ${`${prefix}_${stem}`.toUpperCase()}_ELEMENTS; i++) {
        noise = noise * ${noiseFactor}u + ${noiseSummand}u;
        ${input}[i] = (${prefix}_${stem}_t)(${noise} >> ${shift});
    }
`;
  });
  return `#if !defined(${macro}_NO_SELF_TEST)
${slot ? "" : printChecksums(network, selfTest, space)}int32_t ${prefix}_self_test(${arenaParameter(network)[0] ?? "void"})
{
${words}${reset && `    ${reset}`}${fills.join("")}    for (int32_t layer = 0; layer < ${macro}_LAYER_COUNT; layer++) {
        uint32_t size = 0;
        const int8_t *output = ${prefix}_run_layer(${isShared ? "arena, " : ""}layer, &size);
        uint32_t hash = 2166136261u;
        for (uint32_t i = 0; i < size; i++) {
            hash = (hash ^ (uint8_t)output[i]) * 16777619u;
        }
        if (hash != ${expected}) {
${reset && `            ${reset}`}            return layer + 1;
        }
    }
${reset && `    ${reset}`}    return 0;
}
#endif`;
}
