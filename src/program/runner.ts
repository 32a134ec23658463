import type { ActivationData } from "../network/quantizedNetwork.js";
import type { KernelCall, Program } from "./program.js";
import {
  type Arena,
  expectInput,
  fillInputs,
  type LayerObserver,
  readOutputs,
  runCall,
  runProgram,
  viewOf,
} from "./runProgram.js";
import { resetStates } from "./states.js";

/** Runs one program again and again: the bytes of {@link runProgram}. It keeps the network's states between two runs. */
export interface Runner {
  run(input: ActivationData, observe?: LayerObserver): ActivationData;
  /** The next run is the first of a sequence. */
  reset(): void;
}

/** A program's kernels as WebAssembly; codegen/host makes it. */
export interface GeneratedCode {
  readonly code: Uint8Array<ArrayBuffer>;
  readonly memoryPages: number;
  /** The arena's address. */
  readonly arenaStart: number;
  /** By their addresses. */
  readonly tables: ReadonlyMap<number, Uint8Array>;
  /** For each call the exported function that runs it, and the addresses it takes; a user's own kernel has none. */
  readonly calls: readonly { readonly functionName?: string; readonly addresses: readonly number[] }[];
}

export function plainRunner(program: Program): Runner {
  let states = resetStates(program);
  return {
    run: (input, observe) => runProgram(program, input, observe, states),
    reset: () => {
      states = resetStates(program);
    },
  };
}

/**
 * Multiply-accumulates from which on generating pays. Plain kernels take 2 to 15 ns for each; loading, printing, compiling and the
 * check of the first run took 90 to 700 ms for the networks of MLPerf Tiny.
 */
const mostPlainMacs = 1e8;

/**
 * A runner for so many runs: generated kernels where that is sooner done than with the plain ones.
 *
 * @param runs that are to be expected; the bytes are the same whatever it is
 */
export async function createRunner(program: Program, runs: number): Promise<Runner> {
  const macs = program.calls.reduce((sum, call) => sum + call.macs, 0);
  if ((runs - 1) * macs < mostPlainMacs) return plainRunner(program);
  const { hostModule } = await import("../../codegen/host/hostKernels.js");
  const generated = hostModule(program);
  // of vectors, which not every processor has
  return WebAssembly.validate(generated.code) ? generatedRunner(program, generated) : plainRunner(program);
}

/**
 * Runs generated kernels, and a user's own as ever: their bounds are to be checked. Generated ones do not know where an array ends, so before the first run all calls are made once by the plain
 * kernels too, each of which sees its own slots only: every byte of memory must be equal after each. Where kernels read and
 * write follows from shapes and not from data, so what is right once stays right.
 *
 * @throws Error in the first run, when generated code and kernel differ
 */
export function generatedRunner(program: Program, generated: GeneratedCode): Runner {
  const memory = new WebAssembly.Memory<ArrayBuffer>({ initial: generated.memoryPages });
  for (const [address, table] of generated.tables) new Uint8Array(memory.buffer).set(table, address);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(generated.code), { env: { memory } });
  const functions = exports as Readonly<Record<string, (...addresses: number[]) => void>>;
  const arena: Arena = { buffer: memory.buffer, start: generated.arenaStart };
  const steps = program.calls.map((call, index): Step => {
    const output = viewOf(arena, call.output);
    const { functionName, addresses } = generated.calls[index]!;
    const run = (): void =>
      functionName === undefined ? runCall(call, arena) : functions[functionName]!(...addresses);
    return { call, run, output };
  });
  const activations = new Uint8Array(arena.buffer, arena.start, program.arenaBytes);
  const atReset = resetStates(program);
  const [states, others] = [activations.subarray(0, atReset.length), activations.subarray(atReset.length)];
  states.set(atReset);
  let isProven = false;
  return {
    reset: () => states.set(atReset),
    run(input, observe) {
      expectInput(program, input);
      if (!isProven) {
        const before = states.slice();
        // of noise: what is written beside an array shows, where 0 over 0 would not
        for (const at of activations.keys()) activations[at] = Math.imul(at + 1, 2654435761) >>> 24;
        prove(steps, arena);
        states.set(before);
        isProven = true;
      }
      others.fill(0);
      fillInputs(program, arena, input);
      for (const [index, { call, run, output }] of steps.entries()) {
        run();
        observe?.(call, output, index);
      }
      return readOutputs(program, arena);
    },
  };
}

interface Step {
  readonly call: KernelCall;
  readonly run: () => void;
  readonly output: ActivationData;
}

function prove(steps: readonly Step[], { buffer, start }: Arena): void {
  const expected = buffer.slice(0);
  const [a, b] = [Buffer.from(buffer), Buffer.from(expected)];
  for (const { call, run } of steps) {
    run();
    runCall(call, { buffer: expected, start });
    if (a.equals(b)) continue;
    const at = a.findIndex((byte, index) => byte !== b[index]);
    throw new Error(
      `layer "${call.name}", kernel "${call.kernel}": generated code and kernel differ at byte ${at} of memory: ` +
        `found ${a[at]}, expected ${b[at]}; please report it`,
    );
  }
}
