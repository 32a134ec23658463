import { elementCount } from "../src/base/tensor.js";
import type { GeneratedNetwork } from "./generatedNetwork.js";
import { arenaParameter } from "./printSlots.js";

/** The function that takes a stream's values as they come; none for a network without states, or of several inputs. */
export function printPush(network: GeneratedNetwork): string[] {
  const { prefix, program, inputs, arena } = network;
  const [input] = inputs;
  if (program.states.length === 0 || inputs.length !== 1) return [];
  const values = elementCount(input!.slot.shape);
  const given = arena === "shared" ? "arena" : "";
  const own = arena === "shared" ? ", the arena" : "";
  const type = `${prefix}_${input!.stem}_t`;
  const parameters = [
    ...arenaParameter(network),
    `${prefix}_stream_t *stream`,
    `const ${type} *values`,
    "int32_t count",
  ];
  const fill =
    program.fillRuns === 0
      ? "stream->is_ready = 1;"
      : `if (stream->runs < ${program.fillRuns}) {
        stream->runs++;
    } else {
        stream->is_ready = 1;
    }`;
  const counts =
    program.fillRuns === 0
      ? "Each run's output counts."
      : `The outputs of the first ${program.fillRuns} runs do not count: what they look at began before the stream.`;
  return [
    `/* Where a stream is: all 0 before its first value, with a ${prefix}_reset. */
typedef struct {
    int32_t filled; /* values of the next run that are there */
    int32_t runs;
    int is_ready; /* whether the latest push made an output that counts */
} ${prefix}_stream_t;`,
    `/*
 * Takes values of the input as they come, any number at a time, and runs the network when a run's ${values} are there: then
 * it returns, with stream->is_ready, and the output stays until the next push. Returns how many values it took; push the others next.
 * ${counts} Between pushes nothing else may write the input${own}.
 */
static inline int32_t ${prefix}_push(${parameters.join(", ")})
{
    ${type} *input = ${prefix}_${input!.stem}(${given});
    int32_t taken = 0;
    stream->is_ready = 0;
    while (taken < count && stream->filled < ${values}) {
        input[stream->filled++] = values[taken++];
    }
    if (stream->filled < ${values}) {
        return taken;
    }
    stream->filled = 0;
    ${prefix}_run(${given});
    ${fill}
    return taken;
}`,
  ];
}
