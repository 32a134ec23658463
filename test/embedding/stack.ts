import { type Embedded, filesOf } from "./networks.js";
import { runOn, targets } from "./targets.js";

/** Paints what lies below the stack, runs a layer or, for −1, all of them, and counts what is painted over. */
const main = `#include "network.h"
#include "port.h"

enum { DEPTH = 4096 };

static uint32_t size;

static __attribute__((noinline)) int32_t stack_of(int32_t layer)
{
    volatile uint8_t *end;
    __asm volatile("mov %0, sp" : "=r"(end));
    for (int32_t i = 1; i <= DEPTH; i++) {
        end[-i] = 0xA5;
    }
    if (layer < 0) {
        network_run();
    } else {
        (void)network_run_layer(layer, &size);
    }
    int32_t depth = DEPTH;
    while (depth > 0 && end[-depth] == 0xA5) {
        depth--;
    }
    return depth;
}

int main(void)
{
    for (int32_t layer = -1; layer < NETWORK_LAYER_COUNT; layer++) {
        put_number(stack_of(layer));
    }
    leave();
    return 0;
}
`;

/** Bytes of stack below the caller's, on a Cortex-M4: of a run, and of each layer. */
export function measureStack(network: Embedded): {
  readonly run: number;
  readonly layers: readonly number[];
} {
  const [run = 0, ...layers] = runOn(targets.arm, { ...filesOf(network), "main.c": main });
  return { run, layers };
}
