import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { KernelLibrary } from "../../codegen/kernelLibrary.js";
import type { KernelFunction } from "../../src/kernels/index.js";
import type { ArenaSlot, KernelCall, Program } from "../../src/program/program.js";
import { anyTarget } from "../../src/program/target.js";
import { printNetwork, runInC, testInputs } from "./runNetwork.js";

const folder = fileURLToPath(new URL("golden", import.meta.url));
const kernels = new KernelLibrary(folder, "golden");

interface Golden {
  /** golden/<kernel>.ts, and the C in golden/<kernel>.c. */
  readonly kernel: string;
  readonly bytes: number;
  /** Numbers of int32 that each layer has to itself. Default none. */
  readonly sums?: number;
  /** The layers of a chain of that kernel by name. */
  readonly layers: readonly (readonly [name: string, layer: KernelCall["layer"]])[];
}

const ramp = (count: number) => Int8Array.from({ length: count }, (_, i) => i * 37);
const hostile = [
  "*/ int injected; /*",
  "*\\ int injected; /\\*",
  'line\n#error "two"\r\u2028end',
  "what??/ what???/",
  "größe 大きさ 💣 \u202e\ud800",
  "int",
  "exp",
  "clamp",
  "shift",
  "network run",
  "network_run",
  "same",
  "same",
  "Same",
  "same 2",
  "",
  "日本",
  "2nd",
  "x".repeat(200),
  `${"x".repeat(199)}y`,
];

const goldens: readonly Golden[] = [
  {
    kernel: "loopBounds",
    bytes: 6,
    layers: [["dense", { rows: 6, columns: 6, weights: ramp(36) }]],
  },
  {
    kernel: "foldedBranch",
    bytes: 4,
    layers: [
      ["doubles", { size: 4, hasBias: 0, bias: new Int32Array(0), mode: 0 }],
      ["subtracts", { size: 4, hasBias: 1, bias: Int32Array.of(1, -2, 3, -4), mode: 1 }],
      ["adds", { size: 4, hasBias: 1, bias: Int32Array.of(5, 6, 9, -(2 ** 20)), mode: 2 }],
    ],
  },
  {
    kernel: "loopThatNeverRuns",
    bytes: 8,
    layers: [
      ["blocks", { size: 8, blocked: 8 }],
      ["no blocks", { size: 8, blocked: 0 }],
    ],
  },
  {
    kernel: "helperFunction",
    bytes: 5,
    layers: [["spread", { size: 5, isSquared: 0, weights: ramp(5) }]],
  },
  {
    kernel: "partsOfArrays",
    bytes: 8,
    layers: [["adds rows", { rows: 4, columns: 2, start: 0, weights: ramp(8) }]],
  },
  {
    kernel: "filesBeside",
    bytes: 6,
    layers: [["adds", { rows: 2, columns: 3, weights: ramp(3), bias: Int8Array.of(1, 2) }]],
  },
  {
    kernel: "packedWords",
    bytes: 8,
    layers: [["words", { size: 8, multiplier: 1518500250, offset: 7 * 2 ** 7, shift: 8, weights: ramp(8) }]],
  },
  {
    kernel: "wideScratch",
    bytes: 5,
    sums: 6,
    layers: [
      ["running", { size: 5, sums: 6 }],
      ["again", { size: 5, sums: 6 }],
    ],
  },
  {
    kernel: "registerBlocks",
    bytes: 6,
    layers: [
      ["threes", { size: 6, block: 3, hasBias: 1, bias: ramp(6), weights: ramp(36) }],
      ["ones", { size: 6, block: 1, hasBias: 0, bias: new Int8Array(0), weights: ramp(36) }],
    ],
  },
  { kernel: "unrolledLoop", bytes: 8, layers: [["steps", { size: 8 }]] },
  {
    kernel: "precedence",
    bytes: 30,
    layers: [["groups", { size: 30, three: 3, negative: -7, lowest: -(2 ** 31) }]],
  },
  { kernel: "compoundAssignment", bytes: 9, layers: [["wraps", { size: 9 }]] },
  { kernel: "comments", bytes: 3, layers: [["copy", { size: 3 }]] },
  {
    kernel: "sharedFunction",
    bytes: 4,
    layers: [
      ["first", { size: 4, shift: 1, weights: ramp(4) }],
      ["second", { size: 4, shift: 2, weights: ramp(4) }],
      ["third", { size: 4, shift: 1, weights: ramp(4).reverse() }],
    ],
  },
  {
    kernel: "unusedParameters",
    bytes: 3,
    layers: [
      ["constant", { size: 3, isConstant: 1, value: -5 }],
      ["copies", { size: 3, isConstant: 0, value: 0 }],
    ],
  },
  {
    kernel: "limitsOfTypes",
    bytes: 5,
    layers: [
      ["whole", { size: 5, lowest: -128, highest: 127, shift: Uint8Array.of(0, 1, 31, 200, 255) }],
      ["narrow", { size: 5, lowest: -127, highest: 126, shift: Uint8Array.of(0, 1, 31, 200, 255) }],
      ["none", { size: 5, lowest: 128, highest: 127, shift: Uint8Array.of(0, 1, 31, 200, 255) }],
    ],
  },
  {
    kernel: "hostileNames",
    bytes: 2,
    layers: hostile.map((name) => [name, { size: 2, left: Int8Array.of(1, -1) }]),
  },
];

/** A chain of the layers with every activation in its own place. */
function toProgram({ kernel, bytes, sums = 0, layers }: Golden): Program {
  const slots = ["input", ...layers.map(([name]) => name)].map(
    (name, index): ArenaSlot => ({
      name,
      offset: index * Math.ceil(bytes / 4) * 4,
      bytes,
      elementType: "int8",
      shape: [bytes],
      quantization: { scale: 1, zeroPoint: 0 },
    }),
  );
  const slotBytes = slots.length * Math.ceil(bytes / 4) * 4;
  const scratch = sums > 0 ? [{ elementType: "int32", elements: sums, offset: slotBytes } as const] : [];
  const arenaBytes = slotBytes + 4 * sums;
  return {
    name: kernel === "hostileNames" ? hostile[0] : kernel,
    hash: "0123456789abcdef".repeat(4),
    optimize: "speed",
    target: anyTarget,
    passes: [],
    calls: layers.map(([name, layer], index) => ({
      kernel,
      name,
      kind: "lookup",
      layer,
      inputs: [slots[index]],
      output: slots[index + 1],
      scratch,
      macs: 0,
      parameters: 0,
    })),
    inputs: [{ ...slots[0], border: "int8" }],
    outputs: [{ ...slots[layers.length], border: "int8" }],
    states: [],
    fillRuns: 0,
    arenaBytes,
    arenaLowerBoundBytes: arenaBytes,
    arenaPeakCall: 0,
    arenaUses: [],
  };
}

/** Arithmetic, tables, kernels and layers: what lies between the arena and network_run, which all networks have alike. */
function essence(source: string): string {
  const start = source.indexOf("NETWORK_ASSERT(network_h_is_of_this_network");
  const end = source.indexOf("void network_run(void)");
  return `${source.slice(source.indexOf(");\n", start) + 3, end).trim()}\n`;
}

async function runOnHost(golden: Golden, inputs: readonly Int8Array[]): Promise<number[]> {
  const module = (await import(`./golden/${golden.kernel}.ts`)) as Record<string, KernelFunction>;
  return inputs.flatMap((input) => {
    let activation = input;
    const outputs = golden.layers.map(([, layer]) => {
      const output = new Int8Array(golden.bytes);
      const sums = golden.sums === undefined ? [] : [new Int32Array(golden.sums)];
      module[golden.kernel](layer, activation, output, ...sums);
      activation = output;
      return output;
    });
    return [...outputs, activation].flatMap((output) => [...output]);
  });
}

describe.concurrent.each(goldens)("the C of $kernel", (golden) => {
  it("reads as golden/ has it", async ({ expect }) => {
    const { source } = printNetwork(toProgram(golden), kernels);
    const text = golden.kernel === "hostileNames" ? source : essence(source);
    await expect(text).toMatchFileSnapshot(join(folder, `${golden.kernel}.c`));
  });

  it("compiles without a warning and gives the kernel's bytes", async ({ expect }) => {
    const inputs = testInputs(golden.bytes);
    expect(runInC(toProgram(golden), kernels, inputs)).toEqual(await runOnHost(golden, inputs));
  });
});

describe("golden/", () => {
  it("holds a kernel and its C for each case, and what they import", () => {
    const names = goldens.flatMap(({ kernel }) => [`${kernel}.c`, `${kernel}.ts`]);
    expect(readdirSync(folder).sort()).toEqual([...names, "int.ts", "rows.ts", "simd.ts"].sort());
  });
});
