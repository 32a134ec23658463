import { describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import { exportProject } from "../../codegen/formats/exportProject.js";
import type { NamingOptions } from "../../codegen/generatedNetwork.js";
import { findBoard } from "../../src/board/boards.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { plainRunner } from "../../src/program/runner.js";
import { streamNetwork } from "../../src/stream/streamNetwork.js";
import { runC } from "../support/compileC.js";
import { randomWindows } from "../support/randomWindows.js";
import { lastRows, noiseRows } from "../support/streamNetworks.js";
import { filesOf } from "./networks.js";

/** Reads rows and writes outputs: a sequence of four, one after a reset, and one after the self-test, which resets too. */
const main = (name: string, argument: string) => `#include <stdio.h>
#include "${name}.h"
${argument && `static ${name}_arena_t arena;`}
static void run(void)
{
    for (int32_t i = 0; i < 4; i++) {
        if (fread(${name}_input(${argument}), 1, ${name.toUpperCase()}_INPUT_BYTES, stdin) == 0) return;
        ${name}_run(${argument});
        fwrite(${name}_output(${argument}), 1, ${name.toUpperCase()}_OUTPUT_BYTES, stdout);
    }
}

int main(void)
{
    ${name}_reset(${argument});
    run();
    ${name}_reset(${argument});
    run();
    fputc(${name}_self_test(${argument}), stdout);
    run();
    return 0;
}
`;

/** Pushes what it reads in pieces of 1, 2, 3, … 40, 1, … bytes, and writes the outputs that count. */
const pushing = (name: string, argument: string) => `#include <stdio.h>
#include "${name}.h"
${argument && `static ${name}_arena_t arena;`}
static ${name}_stream_t stream;

int main(void)
{
    ${name}_input_t piece[40];
    ${name}_reset(${argument});
    for (size_t size = 1;; size = size % 40 + 1) {
        int32_t count = (int32_t)fread(piece, 1, size, stdin);
        const ${name}_input_t *values = piece;
        if (count == 0) return 0;
        while (count > 0) {
            const int32_t taken = ${name}_push(${argument && `${argument}, `}&stream, values, count);
            values += taken;
            count -= taken;
            if (stream.is_ready) {
                fwrite(${name}_output(${argument}), 1, ${name.toUpperCase()}_OUTPUT_BYTES, stdout);
            }
        }
    }
}
`;

describe("the C of a network that keeps states", () => {
  it.each([
    ["a value for each, in the caller's arena", lastRows, { name: "eye", arena: "shared" } as NamingOptions],
  ])("begins with %s, goes on from run to run, and begins anew", (_, network, naming) => {
    const program = planProgram(network);
    const runner = plainRunner(program);
    const rows = noiseRows(12, program.inputs[0]!.bytes);
    const expected = [0, 4, 8].flatMap((start) => {
      runner.reset();
      const outputs = rows.slice(start, start + 4).flatMap((row) => [...runner.run(row)]);
      return start === 8 ? [0, ...outputs] : outputs; // the self-test finds nothing
    });
    const { name = "network", arena } = naming;
    const files = filesOf({ name, program, inputs: [] }, naming);
    const found = runC(
      { ...files, "main.c": main(name, arena === "shared" ? "&arena" : "") },
      Buffer.concat(rows.map((row) => new Uint8Array(row.buffer))),
    );
    expect([...Int8Array.from(found)]).toEqual(expected);
  });

  it.each([
    ["own", {}],
    ["shared", { name: "eye", arena: "shared" } as NamingOptions],
  ])("takes values as they come, with an arena that is %s", (_, naming: NamingOptions) => {
    const { network, hop } = streamNetwork(randomWindows(6));
    const program = planProgram(network);
    const [size, outputBytes] = [program.inputs[0]!.bytes, program.outputs[0]!.bytes];
    const runs = program.fillRuns + 5;
    expect([hop, program.fillRuns]).not.toContain(0);
    const rows = noiseRows(runs, size);
    const runner = plainRunner(program);
    runner.reset();
    const expected = rows.flatMap((row, run) => {
      const output = runner.run(row);
      return run < program.fillRuns ? [] : [...output];
    });
    const { name = "network", arena } = naming;
    const files = filesOf({ name, program, inputs: [] }, naming);
    const found = runC(
      { ...files, "main.c": pushing(name, arena === "shared" ? "&arena" : "") },
      Buffer.concat(rows.map((row) => new Uint8Array(row.buffer))),
    );
    expect(found.length).toBe(5 * outputBytes);
    expect([...Int8Array.from(found)]).toEqual(expected);
  });

  const host = findBoard("host");
  const keeps = 'network "last rows" keeps 1 tensors from one run to the next; ';
  it.each<[string, () => unknown]>([
    ["slots have no first values for them", () => exportFirmware(lastRows, host, { slots: true })],
    ["texts bring every input for itself", () => exportFirmware(lastRows, host, { dut: true })],
    ["the caller's program runs it too", () => exportProject(lastRows, { format: "plain", link: true })],
  ])("is not made where %s", (reason, act) => {
    expect(act).toThrow(keeps + reason);
  });
});
