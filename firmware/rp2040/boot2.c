/*
 * The first 256 bytes of flash: the boot ROM copies them to RAM and runs them there, if their last four are the CRC-32 of
 * the others. They have flash read as memory, with the command that every flash knows, and start the program behind them.
 * Sources: RP2040 datasheet §2.8.1.3.1 (second stage), §4.10 (SSI).
 */
#include "rp2040.h"

/*
 * BAUDR: the core's clock / 4, at most 33 MHz, of which the slowest flashes read 50. CTRLR0: 32 bits a frame, read after
 * a command. SPI_CTRLR0: command 03h of 8 bits, 24 bits of address. `npm test` says which CRC is right.
 */
__attribute__((section(".boot2"), naked, used)) void boot2(void)
{
    __asm volatile("ldr r0, =0x18000000\n"
                   "movs r1, #0\n"
                   "str r1, [r0, #0x08]\n" /* SSIENR: off, so that settings are taken */
                   "movs r2, #4\n"
                   "str r2, [r0, #0x14]\n" /* BAUDR */
                   "ldr r2, =0x001F0300\n"
                   "str r2, [r0, #0x00]\n" /* CTRLR0 */
                   "str r1, [r0, #0x04]\n" /* CTRLR1: one frame a command */
                   "ldr r2, =0x03000218\n"
                   "ldr r3, =0x180000F4\n"
                   "str r2, [r3]\n" /* SPI_CTRLR0 */
                   "movs r1, #1\n"
                   "str r1, [r0, #0x08]\n"
                   "ldr r0, =vectors\n"
                   "ldr r1, [r0, #0]\n"
                   "msr msp, r1\n"
                   "ldr r1, [r0, #4]\n"
                   "bx r1\n"
                   ".ltorg\n"
                   ".org 252\n"
                   ".word 0x1fdef041\n");
}
