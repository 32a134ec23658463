/* No interrupt is ever taken but SysTick's: the table ends with the exceptions. */
#include "cortexm.h"

__attribute__((section(".vectors"), used)) const vector_t vectors[16] = {
    {.initial_stack = stack_top},
    {.handler = reset_handler},
    {.handler = fault_handler}, /* NMI */
    {.handler = fault_handler}, /* hard fault */
    {.handler = fault_handler}, /* memory management */
    {.handler = fault_handler}, /* bus fault */
    {.handler = fault_handler}, /* usage fault */
    [7 ... 14] = {.handler = fault_handler},
    [15] = {.handler = systick_handler},
};
