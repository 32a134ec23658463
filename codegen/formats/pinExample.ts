import type { PinPlan } from "../../src/pins/planPins.js";
import type { ProjectFacts } from "./layout.js";
import { hasInputs } from "./printRounds.js";

/** A program around a pin map: what the caller gives, and when it calls. */
export function printPinExample({ name, arena }: ProjectFacts, plan: PinPlan): string[] {
  const macro = name.toUpperCase();
  const its = arena === "shared" ? "&arena" : "";
  return [
    `#include "${name}_pins.h"`,
    "",
    ...(arena === "shared" ? [`static ${name}_arena_t arena;`, ""] : []),
    ...(hasInputs(plan, "digital")
      ? [`uint8_t ${name}_read_digital(uint8_t pin) { return my_gpio_read(pin); }`]
      : []),
    ...(hasInputs(plan, "analog")
      ? [`uint16_t ${name}_read_analog(uint8_t pin) { return my_adc_read(pin); } /* 0 .. 4095 */`]
      : []),
    `void ${name}_write_pin(uint8_t pin, uint8_t level) { my_gpio_write(pin, level); }`,
    "",
    "int main(void)",
    "{",
    "    my_pins_setup(); /* directions and pulls, as the header has them */",
    `    ${name}_pins_start();`,
    "    for (;;) {",
    `        ${name}_pins_round(${its});`,
    plan.windows === undefined
      ? `        my_wait(${macro}_PIN_EVERY_MS);`
      : `        my_wait_for_clock(${macro}_PIN_EVERY_MS); /* so far apart, whatever a run takes */`,
    "    }",
    "}",
  ];
}
