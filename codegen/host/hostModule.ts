import type { Program } from "../../src/program/program.js";
import type { GeneratedCode } from "../../src/program/runner.js";
import type { ArithmeticFunction } from "../arithmeticFunction.js";
import { specialisationKey } from "../generatedNetwork.js";
import type { KernelSource, Parameter } from "../ir.js";
import { snakeCase } from "../names.js";
import { defaultName } from "../networkNames.js";
import { type SpecialisedKernel, specialise } from "../specialise.js";
import type { Callable } from "./callPrinter.js";
import { printKernel } from "./kernelPrinter.js";
import { printModule, type WasmFunction } from "./wasmBytes.js";

const pageBytes = 65536;
/**
 * In front of the arena: an address is computed without the constant in it, which WebAssembly adds, and such a part may lie
 * before the array's first element.
 */
const marginBytes = 16 * pageBytes;

const aligned = (address: number): number => 16 * Math.ceil(address / 16);

/** Prints the specialised kernels of a program as WebAssembly: layers that agree in every number share a function. */
export function printHostModule(
  program: Program,
  kernel: (name: string) => KernelSource,
  arithmetic: readonly ArithmeticFunction[],
): GeneratedCode {
  const functions = new Map<string, WasmFunction & { readonly specialised: SpecialisedKernel }>();
  const tables = new Map<number, Uint8Array>();
  let end = aligned(marginBytes + program.arenaBytes) + pageBytes;
  const calls = program.calls.map((call) => {
    if (call.own) return { addresses: [] };
    const key = specialisationKey(call);
    let shared = functions.get(key);
    if (shared === undefined) {
      const specialised = specialise(kernel(call.kernel), call.layer, call.name);
      shared = { ...printFunction(`f${functions.size}`, specialised, arithmetic), specialised };
      functions.set(key, shared);
    }
    const own = shared.specialised.tables.map(({ name }) => {
      const values = call.layer[name];
      if (values === undefined || typeof values === "number") throw new Error(`field "${name}" is no table`);
      const address = end;
      tables.set(address, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      end = aligned(end + values.byteLength);
      return address;
    });
    const activations = [...call.inputs, call.output, ...call.scratch];
    // a kernel may leave out scratch that its call has none for
    const addresses = shared.specialised.kernel.activations.map(
      (_, index) => marginBytes + (activations[index]?.offset ?? 0),
    );
    return { functionName: shared.name, addresses: [...addresses, ...own] };
  });
  const memoryPages = Math.ceil(end / pageBytes) + 1;
  const code = printModule([...functions.values()], memoryPages);
  return { code, memoryPages, arenaStart: marginBytes, tables, calls };
}

function printFunction(
  name: string,
  { kernel, body, tables, helpers }: SpecialisedKernel,
  arithmetic: readonly ArithmeticFunction[],
): WasmFunction {
  const callables = new Map(arithmeticCallables(arithmetic));
  for (const { nameInC, parameters, body: inner } of helpers)
    callables.set(nameInC, { parameters, body: inner, isWide: false });
  const arrays: Parameter[] = [
    ...kernel.activations,
    ...tables.map((field) => ({ name: field.name, elementType: field.elementType, isWritten: false })),
  ];
  return printKernel(name, arrays, body, callables);
}

/** Functions of int.ts and simd.ts: kernels call them by their names in C, and each other by their own. */
export function arithmeticCallables(arithmetic: readonly ArithmeticFunction[]): [string, Callable][] {
  return arithmetic.flatMap(({ name, parameters, body }): [string, Callable][] => {
    const callable = { parameters, body, isWide: true };
    return [
      [name, callable],
      [`${defaultName}_${snakeCase(name)}`, callable],
    ];
  });
}
