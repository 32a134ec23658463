import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { exportProject } from "../../codegen/formats/exportProject.js";
import type { NamingOptions } from "../../codegen/generatedNetwork.js";
import { Random } from "../../src/base/random.js";
import { findBoard } from "../../src/board/boards.js";
import { readModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { PinController } from "../../src/pins/pinController.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import type { PinPlan } from "../../src/pins/planPins.js";
import { WindowController } from "../../src/pins/windowController.js";
import type { Program } from "../../src/program/program.js";
import { blocksOf, readPage } from "../docs/pages.js";
import { streetLight, succeed } from "../endToEnd/projects.js";
import { everyKindOfPin } from "../firmware/examplePins.js";
import { temporaryDirectory } from "../firmware/images.js";
import { runC } from "../support/compileC.js";
import { ports } from "../support/ports.js";
import { windowNetwork, windowPins } from "./windowFirmware.js";

const strict = (
  "-Wpedantic -Wconversion -Wsign-conversion -Wundef -Wshadow -Wc++-compat -Wcast-align -Wcast-qual " +
  "-Wstrict-prototypes -Wmissing-prototypes"
).split(" ");

/** Four values, of which two sums are made. */
const sums: QuantizedNetwork = {
  ...{ name: "sums", ...ports(0, 1) },
  tensors: [
    { elementType: "int8", name: "input", shape: [4], quantization: { scale: 0.5, zeroPoint: 0 } },
    { elementType: "int8", name: "output", shape: [2], quantization: { scale: 0.25, zeroPoint: -1 } },
  ],
  layers: [
    {
      ...{ kind: "fullyConnected", name: "dense", inputs: [0], output: 1, bias: Int32Array.of(40, -300) },
      ...{ weights: Int8Array.of(100, -90, 25, 80, -70, 60, 40, -10), weightScales: [0.005, 0.005] },
      ...{ activationMin: -128, activationMax: 127 },
    },
  ],
};

const sumsPins = everyKindOfPin(3);

interface Part {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly readme: string;
  readonly program: Program;
  readonly plan: PinPlan;
  readonly its: string;
  /** What is read, round by round. */
  readonly readings: readonly (readonly number[])[];
}

function part(
  name: string,
  network: QuantizedNetwork,
  map: PinMap,
  board: string,
  readings: (plan: PinPlan) => readonly (readonly number[])[],
  { arena }: NamingOptions = {},
): Part {
  const exported = exportProject(network, {
    ...{ format: "plain", name, arena, pins: { map, board: findBoard(board) } },
  });
  const plan = exported.pinPlan!;
  const files = exported.files
    .filter(({ path }) => /\.[ch]$/.test(path))
    .map(({ path, data }) => [path, String(data)]);
  const its = arena === "shared" ? `&${name}_arena` : "";
  const { program } = exported;
  const readme = String(exported.files.find(({ path }) => path === "README.md")!.data);
  return { name, files: Object.fromEntries(files), readme, program, plan, its, readings: readings(plan) };
}

/** Readings that change now and then, as wires do. */
function someReadings(seed: number, rounds: number) {
  return ({ inputs }: PinPlan): number[][] => {
    const random = new Random(seed);
    const next = (kind: string): number => random.integer(kind === "analog" ? 4096 : 2);
    let present = inputs.map(({ kind }) => next(kind));
    return Array.from({ length: rounds }, () => {
      present = present.map((old, i) => (random.integer(3) === 0 ? next(inputs[i]!.kind) : old));
      return present;
    });
  };
}

/** A main program that reads its pins from standard input, and prints for each round what its output pins are at. */
function mainOf(parts: readonly Part[]): string {
  const functions = parts.map(({ name, plan, its }) => {
    const [macro, isShared] = [name.toUpperCase(), its !== ""];
    const has = (kind: string) => plan.inputs.some((input) => input.kind === kind);
    return `static int ${name}_levels[256];
${isShared ? `static ${name}_arena_t ${name}_arena;` : ""}
${has("digital") ? `uint8_t ${name}_read_digital(uint8_t pin) { return (uint8_t)readings[pin]; }` : ""}
${has("analog") ? `uint16_t ${name}_read_analog(uint8_t pin) { return (uint16_t)readings[pin]; }` : ""}
void ${name}_write_pin(uint8_t pin, uint8_t level) { ${name}_levels[pin] = level; }
static void print_${name}(int decided)
{
    printf("%d${" %d".repeat(plan.outputs.length)}\\n", decided, ${plan.outputs
      .map((output) => `${name}_levels[${macro}_PIN_${output.name}]`)
      .join(", ")});
}
static void run_${name}(int rounds)
{
    ${name}_pins_start();
    print_${name}(0);
    while (rounds-- > 0) {
${plan.inputs.map(({ name: pin }) => `        if (scanf("%d", &readings[${macro}_PIN_${pin}]) != 1) return;`).join("\n")}
        print_${name}(${name}_pins_round(${its}));
${plan.timing ? `        if (${name}_levels[${macro}_PIN_${plan.timing.name}] != 0) puts("the timing pin is high");` : ""}
    }
}
`;
  });
  // all in one translation unit: no name of one network's is another's
  return `${parts.map(({ name }) => `#include "${name}.source"\n#include "${name}_pins.source"\n`).join("")}
#include <stdio.h>
static int readings[256];
${functions.join("")}
int main(void)
{
${parts.map(({ name, readings }) => `    run_${name}(${readings.length});`).join("\n")}
    return 0;
}
`;
}

/** The same on the host: "0 0 1" for a round that decided nothing, with two output pins. */
function expectedOf({ plan, program, readings }: Part): string[] {
  let levels: readonly number[] = plan.outputs.map(({ isActiveLow }) => Number(isActiveLow));
  const first = [0, ...levels].join(" ");
  if (plan.windows === undefined) {
    const controller = new PinController(plan, program);
    return [first, ...readings.map((row) => [1, ...controller.step(row).levels].join(" "))];
  }
  const controller = new WindowController(plan, program);
  return [
    first,
    ...readings.map((row) => {
      const decision = controller.step(row);
      if (decision?.average !== undefined) levels = decision.levels;
      return [Number(decision?.average !== undefined), ...levels].join(" ");
    }),
  ];
}

const folder = temporaryDirectory();
const eight = Array.from({ length: 8 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1]);
let parts: readonly Part[];
let printed: string[];

beforeAll(() => {
  const model = join(folder, "light.json");
  succeed("train", streetLight, "-o", model);
  const { quantized, pins } = readModel(model);
  parts = [
    part("light", quantized!, pins!, "b-l475e-iot01a", () => eight),
    part("sums", sums, sumsPins, "nucleo-f446re", someReadings(1, 200), { arena: "shared" }),
    part("lever", windowNetwork, windowPins, "nucleo-f446re", someReadings(2, 200)),
  ];
  const files = parts.flatMap(({ files: own }) =>
    Object.entries(own).map(([path, text]) => [path.replace(/c$/, "source"), text]),
  );
  const input = parts.flatMap(({ readings }) => readings.flat()).join(" ");
  const output = runC({ ...Object.fromEntries(files), "main.c": mainOf(parts) }, Buffer.from(input), [
    ...["-std=c99", "-I.", ...strict, "-Wno-missing-prototypes"],
  ]);
  printed = output.toString().trim().split("\n");
});

/** What the program printed of a network. */
function printedBy(name: string): string[] {
  const at = parts.findIndex((one) => one.name === name);
  const before = parts.slice(0, at).reduce((sum, { readings }) => sum + readings.length + 1, 0);
  return printed.slice(before, before + parts[at]!.readings.length + 1);
}

describe("pins through callbacks, without the firmware", () => {
  it("give the street light's 8 of 8: what the firmware's twin says for every combination of its lamps", () => {
    const light = parts[0]!;
    expect(printedBy("light")).toEqual(expectedOf(light));
    // as the firmware itself walks and stops: test/endToEnd/pins.test.ts
    expect(printedBy("light").slice(1)).toEqual([0, 0, 1, 1, 0, 0, 1, 1].map((level) => `1 ${level}`));
  });

  it.each(["sums", "lever"])(
    "read, infer and drive as the firmware's twin, round by round, in C99 without a warning: %s",
    (name) => {
      const expected = expectedOf(parts.find((one) => one.name === name)!);
      expect(printedBy(name)).toEqual(expected);
      expect(new Set(expected).size).toBeGreaterThan(3);
    },
  );

  it("are shown in docs/formats.md as in a README.md", () => {
    const [, example] = /^## On its pins\n\n```c\n([\s\S]*?)^```$/m.exec(parts[0]!.readme)!;
    expect(blocksOf(readPage("docs/formats.md"))).toContainEqual({ title: "c", text: example });
  });

  it("ask for no function that no pin needs", () => {
    const header = (name: string) => parts.find((one) => one.name === name)!.files[`${name}_pins.h`]!;
    expect(header("light")).not.toContain("read_analog");
    expect(header("sums")).toContain("uint16_t sums_read_analog(uint8_t pin);");
    expect(header("sums")).toContain("#define SUMS_PIN_PC13 45 /* read, digital, pulled up, on when high */");
    expect(header("lever")).toContain("#define LEVER_PIN_EVERY_MS 10");
  });

  it("are named after a board, whose link and ADC have no say where there is no firmware", () => {
    const free = { inputs: [{ pin: "PA2", analog: [0, 1] as const }, ...sumsPins.inputs.slice(1, 2)] };
    const two: QuantizedNetwork = {
      ...sums,
      tensors: [{ ...sums.tensors[0]!, shape: [2] }, sums.tensors[1]!],
      layers: [{ ...sums.layers[0]!, weights: Int8Array.of(1, 2, 3, 4) } as QuantizedNetwork["layers"][0]],
    };
    const pins = { map: { ...free, outputs: sumsPins.outputs }, board: findBoard("nucleo-f446re") };
    expect(exportProject(two, { format: "plain", pins }).manifest.pins).toBe(true); // PA2 is the link's
    const map = { ...pins.map, inputs: [{ pin: "PZ0" }, { pin: "PA1" }] };
    expect(() => exportProject(two, { format: "plain", pins: { ...pins, map } })).toThrow(
      'pins.inputs[0]: board "nucleo-f446re" has no pin PZ0',
    );
  });
});
