/* A program may have run before this one: the ROM loader's Go leaves on what it used. */
#include "cortexm.h"

enum { PENDSVCLR = 1 << 27, PENDSTCLR = 1 << 25, INTERRUPTS = 256 };

/* Before the vector table is ours: an interrupt beyond its end would take code for an address. */
void silence_core(void)
{
    SYST_CSR = 0;
    SCB_ICSR = PENDSVCLR | PENDSTCLR;
    for (uint32_t first = 0; first < INTERRUPTS; first += 32) {
        NVIC_ICER(first) = UINT32_MAX;
        NVIC_ICPR(first) = UINT32_MAX;
    }
}
