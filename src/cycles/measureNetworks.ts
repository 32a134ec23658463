import { rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { writeFilesAtomically } from "../base/files.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import type { Board } from "../board/board.js";
import { chooseMachine, emulatorCommand } from "../board/emulator.js";
import { runTool } from "../board/runTool.js";
import type { Count } from "./blockCounts.js";
import { startCycleModel } from "./cycleModel.js";

/** A network's C, under a name of its own. */
export interface MeasuredNetwork {
  readonly name: string;
  readonly source: string;
  readonly header: string;
  readonly layers: number;
}

/** What one layer's call takes, and all functions of its network. */
export interface NetworkCosts {
  /** One for each layer. */
  readonly layers: readonly Count[];
  /** Bytes of each function's code, by its name without the network's; with the constants beside it. */
  readonly functions: ReadonlyMap<string, number>;
}

/** Vectors, and memory from where QEMU's mps2 boards have it. Tables are apart from code, which is disassembled. */
const linkerScript = `ENTRY(reset)
SECTIONS {
    . = 0;
    .text : { KEEP(*(.vectors)) *(.text .text.*) }
    .rodata : { *(.rodata .rodata.*) . = ALIGN(4); }
    /DISCARD/ : { *(.ARM.exidx* .ARM.attributes .comment) }
    . = 0x20000000;
    .bss (NOLOAD) : { *(.data .data.* .bss .bss.* COMMON) . = ALIGN(8); . += 16384; stack_top = .; }
}
`;

function printMain(networks: readonly MeasuredNetwork[]): string {
  const calls = networks.map(({ name, layers }) => {
    const bytes = `${name.toUpperCase()}_ARENA_BYTES`;
    return `static void run_${name}(void)
{
    uint32_t size;
    (void)${name}_run_layer(current, &size);
}
static void measure_${name}(void)
{
    for (current = 0; current < ${layers}; current++) {
        fill(${name}_arena.bytes, ${bytes});
        measure(run_${name});
    }
}`;
  });
  return `${networks.map(({ name }) => `#include "${name}.h"`).join("\n")}
extern uint32_t stack_top[];
static volatile int32_t current;
static uint32_t state = 1;
static void fill(int8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (int8_t)(state >> 24);
    }
}
static void nothing(void) {}
__attribute__((noinline, noclone)) uint32_t board_ticks(void)
{
    uint32_t ticks;
    __asm volatile("mov %0, #0" : "=r"(ticks));
    return ticks;
}
__attribute__((noinline, noclone)) uint32_t measure(void (*run)(void))
{
    const uint32_t start = board_ticks();
    run();
    return board_ticks() - start;
}
${calls.join("\n")}
void reset(void)
{
    measure(nothing);
    ${networks.map(({ name }) => `measure_${name}();`).join("\n    ")}
    *(volatile uint32_t *)0xE000ED0Cu = 0x05FA0004u; /* resets the chip, and with it the emulator ends */
    for (;;) {
    }
}
__attribute__((section(".vectors"), used)) void *const vectors[16] = {stack_top, (void *)reset};
`;
}

/**
 * Runs every layer of networks by itself on an emulated core, on noise, and counts: all in one image, whose memory never
 * makes the core wait.
 *
 * @param board one of Arm's mps2 boards in the emulator, whose memory is large
 * @throws UserError where a tool is missing, or cycles cannot be modelled on this computer
 */
export async function measureNetworks(
  board: Board,
  networks: readonly MeasuredNetwork[],
  wanted: "cycles" | "instructions" = "cycles",
): Promise<NetworkCosts[]> {
  const machine = await chooseMachine(board);
  const folder = makeTemporaryFolder();
  try {
    const files = networks.flatMap(({ name, source, header }) => [
      { path: join(folder, `${name}.c`), data: source },
      { path: join(folder, `${name}.h`), data: header },
    ]);
    writeFilesAtomically([
      ...files,
      { path: join(folder, "main.c"), data: printMain(networks) },
      { path: join(folder, "link.ld"), data: linkerScript },
    ]);
    const sources = [...networks.map(({ name }) => `${name}.c`), "main.c"];
    const flags = [...board.cpuFlags, "-std=c11", "-O2", "-w", "-I."];
    const compile = async (args: readonly string[]) => {
      const { exitCode, stderr } = await runTool(board.compiler, [...flags, ...args], { cwd: folder });
      if (exitCode !== 0) throw new UserError(`${board.compiler} refused what is to be measured:\n${stderr}`);
    };
    await compile(["-c", ...sources]);
    const objects = sources.map((source) => source.replace(/c$/, "o"));
    await compile(["-nostartfiles", "--specs=nosys.specs", "-T", "link.ld", ...objects, "-o", "image.elf"]);
    const elf = join(folder, "image.elf");
    const model = await startCycleModel(board, elf, wanted);
    const [emulator, ...args] = emulatorCommand(board, machine);
    const { exitCode, stderr } = await runTool(emulator!, [
      ...[...args, "-kernel", elf, "-no-reboot", "-serial", "none"],
      ...model.emulatorArguments,
    ]);
    const counts = model.takeCounts().slice(1);
    model.close();
    const expected = networks.reduce((sum, { layers }) => sum + layers, 0);
    if (exitCode !== 0 || counts.length !== expected) {
      throw new UserError(
        `${board.emulator} measured ${counts.length} of ${expected} layers and ended with code ${exitCode}:\n${stderr.trimEnd()}`,
      );
    }
    return networks.map(({ name, layers }) => ({
      layers: counts.splice(0, layers),
      functions: new Map(
        model.functions
          .filter((one) => one.name.startsWith(`${name}_`))
          .map((one) => [one.name.slice(name.length + 1), one.end - one.start]),
      ),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
