import type { ProjectFacts } from "./layout.js";

/** A sketch that checks the network on its chip, then runs it on what is to be filled in and prints what that says. */
export function printSketch({ name, network, arena }: ProjectFacts): string {
  const macro = name.toUpperCase();
  const its = arena === "shared" ? "&arena" : "";
  const result = !network.hasClasses
    ? [
        `  float values[${macro}_OUTPUT_ELEMENTS];`,
        `  ${name}_dequantize(${name}_output(${its}), ${macro}_OUTPUT_ELEMENTS, values);`,
        `  for (int32_t i = 0; i < ${macro}_OUTPUT_ELEMENTS; i++) Serial.println(values[i]);`,
      ]
    : network.output.labels.length > 0
      ? [`  Serial.println(${name}_class_name(${name}_class(${its})));`]
      : [`  Serial.println(${name}_class(${its}));`];
  const lines = [
    `#include <${name}.h>`,
    "",
    ...(arena === "shared" ? [`static ${name}_arena_t arena;`, ""] : []),
    "// Put your sensor's values here, in the unit of the training data.",
    `static void readRow(float row[${macro}_INPUT_COLUMNS]) {`,
    `  for (int32_t i = 0; i < ${macro}_INPUT_COLUMNS; i++) row[i] = 0;`,
    "}",
    "",
    "void setup() {",
    "  Serial.begin(115200);",
    `  const int32_t wrong = ${name}_self_test(${its});`,
    `  if (wrong != 0) Serial.println(${name}_layer_name(wrong - 1));  // a layer that computes other bytes than the host`,
    "}",
    "",
    "void loop() {",
    `  float row[${macro}_INPUT_COLUMNS];`,
    `  for (int32_t i = 0; i < ${macro}_INPUT_ELEMENTS; i += ${macro}_INPUT_COLUMNS) {`,
    "    readRow(row);",
    `    ${name}_quantize(row, ${macro}_INPUT_COLUMNS, ${name}_input(${its}) + i);`,
    "  }",
    `  ${name}_run(${its});`,
    ...result,
    "  delay(1000);",
    "}",
    "",
  ];
  return lines.join("\n");
}
