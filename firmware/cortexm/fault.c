/* Every exception that nobody takes ends here: a report over the link, polled, then a reset. */
#include "board.h"
#include "cortexm.h"
#include "link.h"
#include "messages.h"

enum { MESSAGE_FAULT = 0xF0 };

/*
 * The stack pointer comes first back to the top: after an overflow there is no stack to work on. Whatever the
 * exception pushed is read before that, if it lies in the stack at all. Instructions that Armv6-M has too.
 */
__attribute__((naked)) void fault_handler(void)
{
    __asm volatile("mrs r3, msp\n"
                   "movs r0, #0\n"
                   "movs r1, #0\n"
                   "movs r2, #0\n"
                   "ldr r4, =stack_bottom\n"
                   "cmp r3, r4\n"
                   "blo 1f\n"
                   "ldr r4, =stack_top - 32\n"
                   "cmp r3, r4\n"
                   "bhi 1f\n"
                   "ldr r0, [r3, #24]\n"
                   "ldr r1, [r3, #20]\n"
                   "ldr r2, [r3, #28]\n"
                   "1: ldr r4, =stack_top\n"
                   "msr msp, r4\n"
                   "b fault_report\n"
                   ".ltorg\n");
}

void nmi_handler(void) __attribute__((weak, alias("fault_handler")));

/* pc, lr and xpsr are 0 when the exception could not be stacked. */
__attribute__((used)) _Noreturn static void fault_report(uint32_t pc, uint32_t lr, uint32_t xpsr)
{
    uint32_t exception;
    __asm volatile("mrs %0, ipsr" : "=r"(exception));
    board_enter_fault();
    link_send_begin(MESSAGE_FAULT, 0, request_in_progress, 32);
    link_send_u32(exception);
    link_send_u32(pc);
    link_send_u32(lr);
    link_send_u32(xpsr);
#if __ARM_ARCH >= 7
    link_send_u32(SCB_CFSR);
    link_send_u32(SCB_HFSR);
    link_send_u32(SCB_BFAR);
    link_send_u32(SCB_MMFAR);
#else /* Armv6-M keeps no reasons */
    for (int32_t i = 0; i < 4; i++) {
        link_send_u32(0);
    }
#endif
    link_send_end();
    system_reset();
}
