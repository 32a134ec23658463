import type { OwnKernel } from "../src/network/ownKernel.js";
import type { KernelSource } from "./ir.js";

/** Users' kernels that were read, by name and text: printing them does not load the compiler that reads them. */
const sources = new Map<string, KernelSource>();

const keyOf = ({ name, text }: OwnKernel): string => `${name}\n${text}`;

export function keepOwnSource(kernel: OwnKernel, source: KernelSource): void {
  sources.set(keyOf(kernel), source);
}

export function ownSource(kernel: OwnKernel): KernelSource {
  const source = sources.get(keyOf(kernel));
  if (source === undefined)
    throw new Error(`the kernel "${kernel.name}" was not read: await readOwnKernels()`);
  return source;
}
