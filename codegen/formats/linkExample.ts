import type { ProjectFacts } from "./layout.js";

/** A program that answers pinfer over its own UART: what the caller gives, and when it calls. */
export function printLinkExample({ name, arena }: ProjectFacts): string[] {
  const its = arena === "shared" ? "&arena, " : "";
  return [
    `#include "${name}_link.h"`,
    "",
    ...(arena === "shared" ? [`static ${name}_arena_t arena;`, ""] : []),
    `void ${name}_link_send(uint8_t byte) { my_uart_send(byte); }`,
    `uint32_t ${name}_link_ticks(void) { return DWT->CYCCNT; } /* or 0 */`,
    `void my_uart_interrupt(void) { ${name}_link_received(my_uart_read()); }`,
    "",
    "int main(void)",
    "{",
    "    my_uart_setup(); /* 115200 baud, 8 data bits, no parity */",
    `    ${name}_link_start(${its}SystemCoreClock, SystemCoreClock); /* ticks a second, cycles a second */`,
    "    for (;;) {",
    `        ${name}_link_poll();`,
    `        /* all else that the program does; ${name}_link_run() where it runs the network */`,
    "    }",
    "}",
  ];
}

/** A sketch that does nothing else. */
export function printLinkSketch({ name, arena }: ProjectFacts): string {
  const its = arena === "shared" ? "&arena, " : "";
  const lines = [
    `#include <${name}_link.h>`,
    "",
    ...(arena === "shared" ? [`static ${name}_arena_t arena;`, ""] : []),
    `void ${name}_link_send(uint8_t byte) {`,
    "  Serial.write(byte);",
    "}",
    "",
    `uint32_t ${name}_link_ticks(void) {`,
    "  return micros();",
    "}",
    "",
    "void setup() {",
    "  Serial.begin(115200);",
    `  ${name}_link_start(${its}1000000, F_CPU);  // micros() counts a million in a second`,
    "}",
    "",
    "void loop() {",
    `  while (Serial.available() > 0) ${name}_link_received((uint8_t)Serial.read());`,
    `  ${name}_link_poll();`,
    "}",
    "",
  ];
  return lines.join("\n");
}
