/*
 * A plugin for QEMU that counts how often each block of an image's code runs while the firmware measures: between its
 * two readings of the counter (firmware/inference.c, measure).
 *
 *   measure=<first>-<end>   addresses of the function that measures
 *   ticks=<address>         of the function that reads the counter
 *   out=<file>              a section for each measurement: a line for each block that ran,
 *                             <address> <instructions> <runs> <from above> <taken>
 *                           the runs that came from the instruction right before it, and those after which the program
 *                           went on elsewhere; then a line "end". Written before the firmware answers.
 *   probe=on                says that the plugin was loaded, and ends the emulator
 *
 * Distributions have QEMU's plugin interface without its header, so what is called is declared here. The emulator
 * takes the versions of the interface that it knows: PLUGIN_VERSION is one, and nothing here differs between them.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *block, void (*executed)(unsigned int, void *),
                                          int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

EXPORTED extern const int qemu_plugin_version;
const int qemu_plugin_version = PLUGIN_VERSION;

typedef struct block {
    struct block *next;
    uint64_t start, end;
    uint64_t runs, from_above, taken;
    size_t instructions;
} block_t;

/* Around an inference the firmware enters `measure`, reads the counter, runs, reads it again. */
enum { OUTSIDE, ENTERED, READING, RUNNING };

static block_t *blocks;
static block_t *latest;
static int state = OUTSIDE;
static uint64_t measure_start, measure_end, ticks_start;
static FILE *out;

static void clear_counts(void)
{
    for (block_t *block = blocks; block != NULL; block = block->next) {
        block->runs = block->from_above = block->taken = 0;
    }
}

static void write_counts(void)
{
    for (const block_t *block = blocks; block != NULL; block = block->next) {
        if (block->runs > 0) {
            fprintf(out, "%" PRIx64 " %zu %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", block->start, block->instructions,
                    block->runs, block->from_above, block->taken);
        }
    }
    fprintf(out, "end\n");
    fflush(out);
}

static void follow(uint64_t start)
{
    if (start == measure_start) {
        state = ENTERED;
    } else if (start == ticks_start && state == ENTERED) {
        state = READING;
    } else if (start == ticks_start && state == RUNNING) {
        write_counts();
        state = OUTSIDE;
    } else if (start > measure_start && start < measure_end && state == READING) {
        clear_counts();
        state = RUNNING;
    }
}

static void executed(unsigned int cpu, void *data)
{
    block_t *block = data;
    const int is_from_above = latest != NULL && latest->end == block->start;
    (void)cpu;
    if (latest != NULL && !is_from_above) {
        latest->taken++;
    }
    follow(block->start);
    block->runs++;
    block->from_above += (uint64_t)is_from_above;
    latest = block;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *translation)
{
    block_t *block = calloc(1, sizeof *block);
    (void)id;
    if (block == NULL) {
        abort();
    }
    block->start = qemu_plugin_tb_vaddr(translation);
    block->instructions = qemu_plugin_tb_n_insns(translation);
    const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(translation, block->instructions - 1);
    block->end = qemu_plugin_insn_vaddr(last) + qemu_plugin_insn_size(last);
    block->next = blocks;
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_cb(translation, executed, 0, block);
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments);

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count, char **arguments)
{
    (void)info;
    for (int i = 0; i < count; i++) {
        const char *argument = arguments[i];
        if (strcmp(argument, "probe=on") == 0) {
            fprintf(stderr, "pinfer's plugin is loaded\n");
            return 1;
        }
        if (strncmp(argument, "out=", 4) == 0) {
            out = fopen(argument + 4, "w");
        } else if (strncmp(argument, "ticks=", 6) == 0) {
            ticks_start = strtoull(argument + 6, NULL, 0);
        } else if (strncmp(argument, "measure=", 8) == 0) {
            char *end;
            measure_start = strtoull(argument + 8, &end, 0);
            measure_end = *end == '-' ? strtoull(end + 1, NULL, 0) : 0;
        }
    }
    if (out == NULL || ticks_start == 0 || measure_end == 0) {
        fprintf(stderr, "pinfer's plugin expects measure, ticks, and a file to write\n");
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
