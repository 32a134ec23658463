/* Runs the network, or its layers one by one, and measures what that takes. */
#include "inference.h"

#include "batch.h"
#include "board.h"
#include "link.h"
#include "ports.h"
#include "serve.h"

/* What the arena holds between single layers. */
static struct {
    int32_t latest; /* -1: none has run on the present contents */
    uint32_t sequence;
    layer_run_t run; /* of the latest */
} layers = {.latest = -1};

static latest_t inferences;

static uint32_t reading_ticks;

static void do_nothing(void) {}

static void run_next_layer(void)
{
    uint32_t bytes; /* a field has no address where structs are packed */
    layers.run.output = network_run_layer(layers.latest, &bytes);
    layers.run.bytes = bytes;
}

/* Only firmware with pins has started a clock; where it reads them for windows it goes on. */
#if defined(HAS_PINS) && HAS_PINS && !(defined(HAS_WINDOWS) && HAS_WINDOWS)
static inline void pause_clock(void)
{
    board_pause_clock();
}

static inline void resume_clock(void)
{
    board_resume_clock();
}
#else
static inline void pause_clock(void) {}
static inline void resume_clock(void) {}
#endif

static inline void feed_watchdog(void)
{
#if defined(HAS_PINS) && HAS_PINS
    board_feed_watchdog();
#endif
}

/* noinline: the code around the call is the same in every measurement, so its cost is a constant. */
__attribute__((noinline)) static uint32_t measure(void (*run)(void))
{
    pause_clock();
    const uint32_t start = board_ticks();
    run();
    const uint32_t ticks = board_ticks() - start;
    resume_clock();
    return ticks;
}

/* An empty measurement, the shortest of a few: caches and flash prefetch are warm then. */
static void calibrate_counter(void)
{
    reading_ticks = UINT32_MAX;
    for (int32_t i = 0; i < 8; i++) {
        const uint32_t ticks = measure(do_nothing);
        reading_ticks = ticks < reading_ticks ? ticks : reading_ticks;
    }
}

static uint32_t measure_net(void (*run)(void))
{
    const uint32_t ticks = measure(run);
    return ticks > reading_ticks ? ticks - reading_ticks : 0;
}

void inference_start(void)
{
    calibrate_counter();
    inferences.kept = (inference_t *)(void *)board_spare_memory(0, sizeof *inferences.kept);
}

uint32_t infer(void)
{
    feed_watchdog(); /* a batch has many inferences */
    if (!FIRMWARE_IS_GUEST) {
        forget_layers();
    }
    if (inferences.kept != 0) {
        keep_inputs(inferences.kept->input);
    }
    inferences.ticks = measure_net(network_run);
    if (inferences.kept != 0) {
        keep_outputs(inferences.kept->output);
    }
    inferences.count++;
    return inferences.ticks;
}

const latest_t *latest_inference(void)
{
    return &inferences;
}

/* Others had the arena since, and the input waits where they cannot reach it. */
static void run_layers_before(uint32_t layer)
{
    uint32_t bytes;
    batch_load(0);
    for (int32_t i = 0; i < (int32_t)layer; i++) {
        network_run_layer(i, &bytes);
    }
}

const layer_run_t *run_layer(uint32_t layer, uint32_t sequence)
{
    if (layer == 0) {
        layers.sequence = sequence;
    } else if (sequence != layers.sequence) {
        return 0;
    }
    const int is_latest = (int32_t)layer == layers.latest;
    if ((int32_t)layer == layers.latest + 1 || (FIRMWARE_IS_GUEST && is_latest)) {
        if (FIRMWARE_IS_GUEST) {
            run_layers_before(layer);
        }
        layers.latest = (int32_t)layer;
        layers.run.ticks = measure_net(run_next_layer);
    }
    return (int32_t)layer == layers.latest ? &layers.run : 0;
}

void forget_layers(void)
{
    layers.latest = -1;
}
