import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../base/packageRoot.js";

/** Computes outputs from..to − 1 of the job that stands at the address. */
type Kernel = (from: number, to: number, job: number) => void;

/** The kernels of assembly/ whose outputs threads can share out; a thread knows them by their place in this list. */
export const kernelNames = [
  "product",
  "sparseProduct",
  "sparseWeightGradient",
  "sparseInputGradient",
  "sparseFilterGradient",
  "channelProduct",
  "nineTaps",
  "nineTapGradients",
  "pixelTaps",
  "pixelTapGradients",
  "packPanels",
  "transpose",
  "padImages",
  "maxPoolForward",
  "maxPoolBackward",
  "averagePoolForward",
  "averagePoolBackward",
  "channelStatistics",
  "channelGradientSums",
  "foldBlocks",
  "normalizeChannels",
  "normalizeChannelsBackward",
  "reluForward",
  "reluBackward",
  "relu6Forward",
  "relu6Backward",
  "leakyReluForward",
  "leakyReluBackward",
  "accumulate",
  "addScaled",
  "multiply",
  "addColumnSums",
  "lstmForward",
  "lstmBackward",
  "gruForward",
  "gruBackward",
  "simpleRnnForward",
  "simpleRnnBackward",
  "sgdStep",
  "momentumStep",
  "nesterovStep",
  "adamStep",
  "rmsPropStep",
] as const;

export type KernelName = (typeof kernelNames)[number];

export interface Kernels extends Readonly<Record<KernelName, Kernel>> {
  /** @param scratch the thread's own room, at least as large as the job needs */
  setScratch(address: number): void;
  countNonZeros(values: number, count: number): number;
}

/** Made of assembly/ by `npm run build`. */
export const kernelFile: string = join(packageRoot, "dist", "src", "train", "engine", "kernels.wasm");

/** The compiled kernels; undefined when there is no such file or the machine has no SIMD. */
export function compileKernels(file: string = kernelFile): WebAssembly.Module | undefined {
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

/** Memory that can grow to 4 GiB, or to less where the address space is limited; undefined where it is too tight. */
export function createMemory(): WebAssembly.Memory | undefined {
  for (const maximum of [65536, 16384, 4096]) {
    try {
      return new WebAssembly.Memory({ initial: 64, maximum, shared: true });
    } catch {}
  }
  return undefined;
}
