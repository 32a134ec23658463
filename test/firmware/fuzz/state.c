/* The text protocol, included so that each input can start from the same state. */
#include <string.h>

#include "dut.c"
#include "text.c"

void text_start(void);

void text_start(void)
{
    memset(&buffer, 0, sizeof buffer);
    memset(&boot_clock, 0, sizeof boot_clock);
    memset(&command, 0, sizeof command);
}
