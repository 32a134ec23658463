import type { GeneratedNetwork } from "./generatedNetwork.js";
import type { GeneratedPort } from "./generatedPorts.js";
import type { NetworkFacts } from "./networkFacts.js";

/** A whole program of some twenty lines: it reads rows of real values, runs the network and hands on what that says. */
export function printExample(network: GeneratedNetwork, facts: NetworkFacts): string[] {
  const { prefix, arena, selfTest, program } = network;
  const { hasClasses, threshold } = facts;
  const isNumber = hasClasses || threshold !== undefined;
  if (facts.hasSeveral) return printExampleOfSeveral(network);
  const macro = prefix.toUpperCase();
  const its = arena === "shared" ? "&arena" : "";
  return [
    `#include "${prefix}.h"`,
    "",
    `void read_row(float row[${macro}_INPUT_COLUMNS]);`,
    `void act_on(${isNumber ? "int32_t number" : `const float values[${macro}_OUTPUT_ELEMENTS]`});`,
    ...(arena === "shared" ? [`static ${prefix}_arena_t arena;`] : []),
    "",
    "int main(void)",
    "{",
    `    float row[${macro}_INPUT_COLUMNS];`,
    ...(isNumber ? [] : [`    float values[${macro}_OUTPUT_ELEMENTS];`]),
    ...(selfTest ? [`    if (${prefix}_self_test(${its}) != 0) return 1;`] : []),
    ...(program.states.length > 0 ? [`    ${prefix}_reset(${its});`] : []),
    "    for (;;) {",
    `        for (int32_t i = 0; i < ${macro}_INPUT_ELEMENTS; i += ${macro}_INPUT_COLUMNS) {`,
    "            read_row(row);",
    `            ${prefix}_quantize(row, ${macro}_INPUT_COLUMNS, ${prefix}_input(${its}) + i);`,
    "        }",
    `        ${prefix}_run(${its});`,
    ...(isNumber
      ? [`        act_on(${prefix}_${hasClasses ? "class" : "is_anomaly"}(${its}));`]
      : [
          `        ${prefix}_dequantize(${prefix}_output(${its}), ${macro}_OUTPUT_ELEMENTS, values);`,
          "        act_on(values);",
        ]),
    "    }",
    "}",
  ];
}

/** The same where several inputs are filled, each by a function of the caller's. */
function printExampleOfSeveral(network: GeneratedNetwork): string[] {
  const { prefix, arena, selfTest, program, inputs, outputs } = network;
  const its = arena === "shared" ? "&arena" : "";
  const real = ({ stem }: GeneratedPort) => `values[${`${prefix}_${stem}`.toUpperCase()}_ELEMENTS]`;
  return [
    `#include "${prefix}.h"`,
    "",
    ...inputs.map(({ stem }) => `void read_${stem}(${prefix}_${stem}_t *values);`),
    ...outputs.map((port) => `void act_on_${port.stem}(const ${prefix}_${port.stem}_t ${real(port)});`),
    ...(arena === "shared" ? [`static ${prefix}_arena_t arena;`] : []),
    "",
    "int main(void)",
    "{",
    ...(selfTest ? [`    if (${prefix}_self_test(${its}) != 0) return 1;`] : []),
    ...(program.states.length > 0 ? [`    ${prefix}_reset(${its});`] : []),
    "    for (;;) {",
    ...inputs.map(({ stem }) => `        read_${stem}(${prefix}_${stem}(${its}));`),
    `        ${prefix}_run(${its});`,
    ...outputs.map(({ stem }) => `        act_on_${stem}(${prefix}_${stem}(${its}));`),
    "    }",
    "}",
  ];
}
