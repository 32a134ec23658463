import { onlyOutput } from "../../src/network/ports.js";
import type { PinPlan, PlannedInput } from "../../src/pins/planPins.js";
import type { ProjectFacts } from "./layout.js";
import { hasInputs, pinMacro } from "./printRounds.js";

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
    : onlyOutput(network).labels.length > 0
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

function pinMode(input: PlannedInput): string {
  if (input.kind === "analog" || input.pull === "none") return "INPUT";
  return input.pull === "up" ? "INPUT_PULLUP" : "INPUT";
}

/** A sketch that does on an Arduino's pins what the firmware does on the board's. */
export function printPinSketch({ name, arena }: ProjectFacts, plan: PinPlan): string {
  const macro = name.toUpperCase();
  const its = arena === "shared" ? "&arena" : "";
  const { inputs, outputs, timing, windows } = plan;
  const driven = [...outputs, ...(timing === undefined ? [] : [timing])];
  const wired = (pin: string) => `wired(${pinMacro(name, pin)})`;
  const needsResistor = (input: PlannedInput) => input.kind === "digital" && input.pull === "down";
  const lines = [
    `#include <${name}_pins.h>`,
    "",
    ...(arena === "shared" ? [`static ${name}_arena_t arena;`, ""] : []),
    "// The model's pins, and yours in their place: change the numbers behind return.",
    "static int wired(uint8_t pin) {",
    "  switch (pin) {",
    ...inputs.map(({ name: pin, kind }, i) =>
      kind === "analog"
        ? `    case ${pinMacro(name, pin)}: return A${i};`
        : `    case ${pinMacro(name, pin)}: return ${2 + i};`,
    ),
    ...driven.map(({ name: pin }, i) => `    case ${pinMacro(name, pin)}: return ${13 - i};`),
    "    default: return pin;",
    "  }",
    "}",
    "",
    ...(hasInputs(plan, "digital")
      ? [`uint8_t ${name}_read_digital(uint8_t pin) { return digitalRead(wired(pin)); }`]
      : []),
    ...(hasInputs(plan, "analog")
      ? [
          "// analogRead has 10 bits on most boards; where it has 12, leave out the 4.",
          `uint16_t ${name}_read_analog(uint8_t pin) { return 4 * analogRead(wired(pin)); }`,
        ]
      : []),
    `void ${name}_write_pin(uint8_t pin, uint8_t level) { digitalWrite(wired(pin), level); }`,
    "",
    "void setup() {",
    ...inputs.map(
      (input) =>
        `  pinMode(${wired(input.name)}, ${pinMode(input)});${needsResistor(input) ? "  // with a resistor to ground" : ""}`,
    ),
    ...driven.map(({ name: pin }) => `  pinMode(${wired(pin)}, OUTPUT);`),
    `  ${name}_pins_start();`,
    "}",
    "",
    "void loop() {",
    ...(windows === undefined
      ? [`  ${name}_pins_round(${its});`, `  delay(${macro}_PIN_EVERY_MS);`]
      : [
          "  static uint32_t next = 0;  // by the clock, whatever a run takes",
          "  if ((int32_t)(millis() - next) < 0) return;",
          `  next += ${macro}_PIN_EVERY_MS;`,
          `  ${name}_pins_round(${its});`,
        ]),
    "}",
    "",
  ];
  return lines.join("\n");
}
