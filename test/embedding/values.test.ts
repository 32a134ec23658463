import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { argmax } from "../../src/compare/metrics.js";
import { integerRanges } from "../../src/network/elementTypes.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { quantizationsOf } from "../../src/network/quantization.js";
import type { Quantization } from "../../src/network/quantizedNetwork.js";
import type { PortSlot } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { dequantizeTensor, quantizeTensor, roundAwayFromZero } from "../../src/quantize/quantizeTensor.js";
import { runC, withTemporaryFolder } from "../support/compileC.js";
import { columns, type Embedded, filesOf, images, xor } from "./networks.js";
import { runOn, targets } from "./targets.js";

const random = new Random(31);
const real = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
const bitsOf = (values: Float32Array): number[] => [...new Uint32Array(values.buffer)];
const q16Of = (value: number): number =>
  Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), roundAwayFromZero(value * 65536))) + 0;

/** A network whose ends have these quantizations; what it computes has no part in these tests. */
function withEnds(
  { program, ...rest }: Embedded,
  input: Quantization | readonly Quantization[],
  output: Quantization,
): Embedded {
  const ends = {
    inputs: [{ ...onlyInput(program), quantization: input }],
    outputs: [{ ...onlyOutput(program), quantization: output }],
  };
  return { ...rest, program: { ...program, ...ends } };
}

const quantization = (scale: number, zeroPoint: number) => ({ scale: Math.fround(scale), zeroPoint });

/** Usual ones, those of imported networks, each column's own, and the ends of what a model file may say. */
const cases: Readonly<Record<string, Embedded>> = {
  usual: withEnds(xor(), quantization(1 / 255, -128), quantization(1 / 256, -128)),
  imported: withEnds(xor(), quantization(0.584782, 83), quantization(0.20784314, 33)),
  whole: withEnds(xor(), quantization(1, 0), quantization(1, 127)),
  odd: withEnds(xor(), quantization(1 + 2 ** -23, -1), quantization(2 - 2 ** -23, 0)),
  far: withEnds(xor(), quantization(3, 5), quantization(0.37, -(2 ** 24) - 77)),
  small: withEnds(xor(), quantization(real(3), -128), quantization(real(1), 100)),
  large: withEnds(xor(), quantization(3e38, 0), quantization(3.4e38, 9)),
  columns: columns(),
  offsets: withEnds(
    columns(),
    [quantization(2, 2 ** 31 - 1), quantization(real(0x7fffff), 32767), quantization(0.1, -(2 ** 31))],
    quantization(1e-9, -128),
  ),
};

/** Values at and around the ties of each column, the ends of float32, and seeded ones of all sizes. */
function valuesFor(slot: PortSlot): Float32Array {
  const all = quantizationsOf(slot);
  const [min, max] = integerRanges[slot.elementType];
  const rows = Array.from({ length: 1500 }, (_, i) =>
    all.map(({ scale, zeroPoint }) => {
      const step = min - 3 + random.integer(max - min + 7) - zeroPoint + 0.5 * random.integer(2);
      const tie = Math.fround(step * scale);
      const near = real((bitsOf(Float32Array.of(tie))[0]! + random.integer(5) - 2) >>> 0);
      return [tie, near, random.uniform() * tie * 2, real(random.integer(2 ** 32))][i % 4]!;
    }),
  );
  const ends = [
    0,
    -0,
    Infinity,
    -Infinity,
    3.4e38,
    -3.4e38,
    real(1),
    real(0x7fffff),
    real(0x800000),
    -real(1),
  ];
  const values = [...rows, ...ends.map((value) => all.map(() => value))].flat();
  return Float32Array.from(values, (value) => (Number.isNaN(value) ? 0.5 : value));
}

const q16For = (slot: PortSlot): Int32Array => {
  const ends = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 24 + 1, 2 ** 24 + 3, -(2 ** 25) - 2];
  const values = Array.from(valuesFor(slot), q16Of).concat(ends, ends, ends);
  return Int32Array.from(values.slice(0, values.length - (values.length % slot.shape.at(-1)!)));
};

/** Reads all its input as values of four bytes and writes the input's integers, or every output's real value. */
const program = (name: string, body: string) => `#include <stdio.h>
#include "${name}.h"
static union { float real[20000]; int32_t q16[20000]; } values;
static ${name}_input_t inputs[20000];
static ${name}_output_t outputs[256];
int main(void)
{
    const int32_t count = (int32_t)fread(&values, 4, 20000, stdin);
    for (int32_t i = 0; i < 256; i++) outputs[i] = (${name}_output_t)(i - 128);
    (void)inputs;
    (void)count;
    ${body}
    return 0;
}
`;

/** Stands for a compiler that has nothing of GNU C. */
const notGnu = "-DIS_NOT_GNU";

/** The header stands alone: no network.c is compiled with it. */
function run(network: Embedded, values: Float32Array | Int32Array, body: string, flags: string[]): Buffer {
  const { "n.h": text } = filesOf(network, { name: "n" });
  const header = flags.includes(notGnu) ? text.replaceAll("defined(__GNUC__)", "0") : text;
  return runC({ "n.h": header, "main.c": program("n", body) }, new Uint8Array(values.buffer), flags);
}

const toInputs = (bytes: Buffer, slot: PortSlot): number[] => {
  const { buffer } = Uint8Array.from(bytes);
  return [...(slot.elementType === "int8" ? new Int8Array(buffer) : new Int16Array(buffer))];
};
const writeInputs = "fwrite(inputs, sizeof(inputs[0]), (size_t)count, stdout);";
const allOutputs = Int8Array.from({ length: 256 }, (_, i) => i - 128);

describe.each(Object.entries(cases))("values of a network with %s ends", (_, network) => {
  const [input, output] = [onlyInput(network.program), onlyOutput(network.program)];

  // none of these may change a byte: what is computed with floats, and what is called float, stays out of it
  it.each([["-O0"], ["-O2"], ["-Ofast", "-mfpmath=387"], ["-O2", notGnu]])(
    "are quantized from floats to the host's integers, compiled with %j",
    (...flags) => {
      const values = valuesFor(input);
      const body = `if (n_quantize(values.real, count, inputs) != 0) return 1;
    ${writeInputs}`;
      expect(toInputs(run(network, values, body, flags), input)).toEqual([...quantizeTensor(values, input)]);
    },
  );

  it("are quantized from fixed point to what the host makes of the same real values", () => {
    const values = q16For(input);
    const body = `n_quantize_q16(values.q16, count, inputs); ${writeInputs}`;
    const host = quantizeTensor(
      Array.from(values, (value) => value / 65536),
      input,
    );
    expect(toInputs(run(network, values, body, ["-O2"]), input)).toEqual([...host]);
  });

  it("are the host's real values, for every output", () => {
    const body = "n_dequantize(outputs, 256, values.real); fwrite(values.real, 4, 256, stdout);";
    const found = Uint8Array.from(run(network, new Float32Array(0), body, ["-O2"])).buffer;
    expect([...new Uint32Array(found)]).toEqual(bitsOf(dequantizeTensor(allOutputs, output)));
  });

  it("are the host's real values in fixed point, to the nearest and saturated", () => {
    const body = "n_dequantize_q16(outputs, 256, values.q16); fwrite(values.q16, 4, 256, stdout);";
    const found = Uint8Array.from(run(network, new Float32Array(0), body, ["-O2"])).buffer;
    expect([...new Int32Array(found)]).toEqual(Array.from(dequantizeTensor(allOutputs, output), q16Of));
  });
});

describe("a value that is not a number", () => {
  it("is told by its index, and the others are quantized with real 0 in its place", () => {
    const values = Float32Array.of(1, 2, 3, NaN, 5, 6, -NaN, 8, 9);
    const body = `printf("%ld", (long)n_quantize(values.real, count, inputs)); printf(" %ld %ld", (long)n_quantize(values.real, 3, inputs), (long)n_quantize(values.real + 6, 3, inputs)); n_quantize(values.real, count, inputs); for (int i = 0; i < 9; i++) printf(" %d", inputs[i]);`;
    const found = run(cases.imported!, values, body, ["-Ofast"]).toString().split(" ").map(Number);
    const zeros = Float32Array.from(values, (value) => (Number.isNaN(value) ? 0 : value));
    expect(found).toEqual([4, 0, 1, ...quantizeTensor(zeros, onlyInput(cases.imported!.program))]);
  });
});

/** Real values of a few rows as bits, quantized and printed; then what some outputs stand for, in fixed point. */
function onTarget(network: Embedded, values: Float32Array): string {
  return `#include "n.h"
#include "port.h"
static const uint32_t bits[${values.length}] PROGMEM = {${bitsOf(values)
    .map((word) => `0x${word.toString(16)}ul`)
    .join(", ")}};
int main(void)
{
    for (int32_t i = 0; i < ${values.length}; i += ${onlyInput(network.program).shape.at(-1)}) {
        float real[N_INPUT_COLUMNS];
        n_input_t input[N_INPUT_COLUMNS];
        for (int32_t j = 0; j < N_INPUT_COLUMNS; j++) {
            for (uint8_t k = 0; k < 4; k++) {
                ((uint8_t *)(real + j))[k] = read_byte((const uint8_t *)(bits + i + j) + k);
            }
        }
        put_number(n_quantize(real, N_INPUT_COLUMNS, input));
        for (int32_t j = 0; j < N_INPUT_COLUMNS; j++) {
            put_number(input[j]);
        }
    }
    for (int32_t i = -128; i < 128; i += 17) {
        const n_output_t output = (n_output_t)i;
        int32_t q16;
        n_dequantize_q16(&output, 1, &q16);
        put_number(q16);
    }
    leave();
    return 0;
}
`;
}

describe.each(Object.values(targets))("values on $name", (target) => {
  const reason = target.missing === undefined ? "" : ` (${target.missing})`;
  it.skipIf(target.missing !== undefined).each(["imported", "columns", "offsets"])(
    `are quantized to the host's integers, with %s ends${reason}`,
    (name) => {
      const network = cases[name]!;
      const [input, output] = [onlyInput(network.program), onlyOutput(network.program)];
      const width = input.shape.at(-1)!;
      const values = valuesFor(input).slice(-60);
      const rows = Array.from({ length: 60 / width }, (_, row) => {
        const part = values.subarray(row * width, (row + 1) * width);
        return [0, ...quantizeTensor(part, input)];
      });
      const outputs = Int8Array.from({ length: 16 }, (_, i) => i * 17 - 128);
      const reals = Array.from(dequantizeTensor(outputs, output), q16Of);
      const files = { ...filesOf(network, { name: "n" }), "main.cpp": onTarget(network, values) };
      expect(runOn(target, files)).toEqual([...rows.flat(), ...reals]);
    },
  );
});

describe("what a program does not call", () => {
  /** Names in an object file, by nm. */
  const symbols = (tool: string, cFlags: readonly string[], main: string): string[] =>
    withTemporaryFolder((folder) => {
      for (const [file, text] of Object.entries({ ...filesOf(columns()), "main.c": main }))
        writeFileSync(join(folder, file), text);
      const options = { cwd: folder, encoding: "utf8" } as const;
      return ["main.c", "network.c"].flatMap((file) => {
        execFileSync(`${tool}gcc`, [...cFlags, "-c", file, "-o", "x.o"], options);
        return execFileSync(`${tool}nm`, ["x.o"], options).match(/\S+$/gm) ?? [];
      });
    });
  const nothing = '#include "network.h"\nint main(void) { network_run(); return network_output()[0]; }\n';
  const all = `#include "network.h"
float real[6];
int32_t q16[6];
int main(void)
{
    network_quantize_q16(q16, 6, network_input());
    if (network_quantize(real, 6, network_input()) != 0) return 1;
    network_run();
    network_dequantize(network_output(), 2, real);
    network_dequantize_q16(network_output(), 2, q16);
    return network_class_name(network_class())[0];
}
`;

  it.each(["-O0", "-Os", "-O2"])("costs it nothing under %s, without help of the linker", (flag) => {
    const ours = symbols("", [flag], nothing).filter((name) =>
      /_quantize|dequantize|float32|class|bits|names/.test(name),
    );
    expect(ours).toEqual([]);
    expect(symbols("", ["-O0"], all).filter((name) => /quantize|float32/.test(name)).length).toBeGreaterThan(
      8,
    );
  });

  it.skipIf(targets.arm.missing !== undefined)(
    "brings no arithmetic of floats, whatever of it is called (needs arm-none-eabi-gcc)",
    () => {
      const chip = ["-mcpu=cortex-m0", "-mthumb", "-O2"];
      const called = symbols("arm-none-eabi-", chip, all).filter((name) => /^__aeabi/.test(name));
      expect(called).toContain("__aeabi_uidivmod");
      expect(called.filter((name) => /^__aeabi_(f|d|i2|ui2|l2|ul2)(?!iv)/.test(name))).toEqual([]);
    },
  );
});

describe("a network's class", () => {
  it("is the index of the largest output, the first of equal ones, and has its name", () => {
    const network = columns();
    const inputs = Array.from({ length: 40 }, (_, seed) =>
      Int16Array.from({ length: 6 }, (_, i) => Math.imul(seed * 6 + i + 1, 2654435761) >> 18),
    );
    const main = `#include <stdio.h>
#include "network.h"
int main(void)
{
    while (fread(network_input(), 1, NETWORK_INPUT_BYTES, stdin) == NETWORK_INPUT_BYTES) {
        network_run();
        printf("%s ", network_class_name(network_class()));
    }
    printf("%d %d", network_class_name(-1) == 0, network_class_name(NETWORK_CLASS_COUNT) == 0);
    return 0;
}
`;
    const stdin = Buffer.concat(inputs.map((input) => new Uint8Array(input.buffer)));
    const words = runC({ ...filesOf(network), "main.c": main }, stdin)
      .toString()
      .split(" ");
    const names = inputs.map((input) => ["rest", "walk"][argmax(runProgram(network.program, input))]);
    expect(words).toEqual([...names, "1", "1"]);
    expect(new Set(names).size).toBe(2);
  });

  it("is the first of equal outputs, of an arena that is handed over too", () => {
    const network = images(4);
    const outputs = onlyOutput(network.program).bytes;
    const main = `#include <stdio.h>
#include "eye.h"
int main(void)
{
    eye_arena_t arena = { { 0 } };
    int8_t *output = (int8_t *)eye_output(&arena);
    for (int i = 0; i < ${outputs}; i++) output[i] = -128;
    printf("%d ", (int)eye_class(&arena));
    output[1] = output[${outputs - 1}] = 127;
    printf("%d ", (int)eye_class(&arena));
    output[0] = 127;
    printf("%d", (int)eye_class(&arena));
    return 0;
}
`;
    const files = { ...filesOf(network, { name: "eye", arena: "shared" }), "main.c": main };
    expect(runC(files, new Uint8Array()).toString()).toBe("0 1 0");
  });
});
