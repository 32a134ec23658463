/* Armv6-M has no division. libgcc's is written out for speed, 266 bytes; these run for a link's rate and a batch's size. */
#if __ARM_ARCH < 7

/* By the run-time ABI for the Arm architecture (IHI 0043) §4.3.1: r0 / r1 to r0, what is left to r1. */
__attribute__((naked)) void __aeabi_uidivmod(void)
{
    __asm volatile(".syntax unified\n"
                   "movs r2, #0\n"
                   "movs r3, #32\n"
                   "1: lsls r0, r0, #1\n" /* the next bit of r0 goes to what is left, one of the quotient comes in */
                   "adcs r2, r2\n"
                   "bcs 2f\n"
                   "cmp r2, r1\n"
                   "blo 3f\n"
                   "2: subs r2, r2, r1\n"
                   "adds r0, #1\n"
                   "3: subs r3, #1\n"
                   "bne 1b\n"
                   "movs r1, r2\n"
                   "bx lr\n");
}

void __aeabi_uidiv(void) __attribute__((alias("__aeabi_uidivmod")));

#endif
