/*
 * A family's driver on the model of its controller, stm32Model.h.
 *
 * Arguments: the flash's KB, the chip's number, its options. Standard input has commands of three words each: 0 slot 0 erases;
 * 1 slot size writes the size bytes that follow at offset 64; 2 0 0 looks at what is torn. Both slots are written to standard
 * output, then each complaint of the chip to standard error.
 */
#include <stdio.h>
#include <stdlib.h>

#include "stm32Model.h"

void fault_handler(void)
{
    faults++;
}

/* What a core does that reads a unit which is torn, while slots are looked at and afterwards. */
#if defined(FAMILY_L4) || defined(FAMILY_G0) || defined(FAMILY_U5)
static void read_torn(uint32_t which)
{
    faults = 0;
    flash_read_begin();
    ecc[which] = TOP | 0x123; /* and where */
    nmi_handler();
    settle();
    if (faults != 0 || (ecc[which] & TOP)) complain("what is torn was a fault, or is still told");
    nmi_handler();
    if (faults != 1) complain("another reason was no fault");
    flash_read_end();
    ecc[which] = TOP | 0x123; /* and where */
    nmi_handler();
    settle();
    if (faults != 2) complain("behind it what is torn was no fault");
    ecc[which] = 0;
}
#endif

static void look_at_torn(void)
{
#if defined(FAMILY_H7)
    banks[1].status |= 1 << 26; /* two bits are wrong */
    flash_read_begin();
    if (!model_faults_are_off) complain("faults are on");
    settle();
    if (scb_ccr != 1 << 8) complain("bus faults are not ignored");
    flash_read_end();
    settle();
    if (model_faults_are_off || scb_ccr != 0) complain("faults are off");
    if (banks[1].status != 0) complain("an error stands");
#elif !defined(FAMILY_F4)
    read_torn(0);
#if defined(FAMILY_G0)
    read_torn(1);
#endif
#endif
}

int main(int argc, char **argv)
{
    uint32_t command[3];
    static uint8_t bytes[SLOT_BYTES];
    if (argc != 4) {
        return 2;
    }
    kilobytes = (uint32_t)atoi(argv[1]);
    number = (uint32_t)strtoul(argv[2], 0, 16);
    options = (uint32_t)strtoul(argv[3], 0, 16);
    model_end = model_flash + (kilobytes << 10);
    banks[0].control = banks[1].control = f.lock;
    acr = f.acr_cache;
    icache = has_icache;
    while (fread(command, 4, 3, stdin) == 3) {
        if (command[0] == 0) {
            flash_erase(command[1]);
        } else if (command[0] == 2) {
            look_at_torn();
        } else if (fread(bytes, 1, command[2], stdin) == command[2]) {
            flash_write(command[1], 64, bytes, command[2]);
        }
        settle();
        if (!(banks[0].control & banks[1].control & f.lock)) complain("left unlocked");
        if ((acr & f.acr_cache) != f.acr_cache || icache != has_icache) complain("left a cache off");
#if defined(FAMILY_H7)
        forgot = memchr(is_stale, 1, sizeof is_stale) == 0;
#endif
        if (!forgot) complain("a cache may hold what was there before");
    }
    fwrite(model_end - 2 * SLOT_BYTES, 1, 2 * SLOT_BYTES, stdout);
    return 0;
}
