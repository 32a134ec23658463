import type { KernelArgument } from "../kernels/kernelArgument.js";
import type { OwnKernel } from "../network/ownKernel.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";

/** A user's kernel as the host runs it. @throws UserError, with its file and line, for what a device would do wrong */
export type OwnRunner = (
  layerName: string,
  argument: Readonly<Record<string, KernelArgument>>,
  input: Int8Array,
  output: Int8Array,
) => void;

/** By name and text. */
const runners = new Map<string, OwnRunner>();
const keyOf = ({ name, text }: OwnKernel): string => `${name}\n${text}`;

/**
 * Reads the kernels of the user's own that a network has, so that it can run and be exported. `loadExperiment` and
 * `trainExperiment` do it for theirs, commands for a model file's.
 *
 * @throws UserError with file, line and hint for each place of a kernel that is outside the subset
 */
export async function readOwnKernels({ layers }: Pick<QuantizedNetwork, "layers">): Promise<void> {
  await readKernels(layers.flatMap((layer) => (layer.kind === "own" ? [{ kernel: layer.kernel }] : [])));
}

/** The same of kernels before there is a network. @param kernels with the files that messages name */
export async function readKernels(
  kernels: readonly { readonly kernel: OwnKernel; readonly file?: string }[],
): Promise<void> {
  const unread = kernels.filter(({ kernel }) => !runners.has(keyOf(kernel)));
  if (unread.length === 0) return;
  const { readOwnKernel } = await import("../../codegen/host/readOwnKernel.js");
  for (const { kernel, file } of unread) runners.set(keyOf(kernel), readOwnKernel(kernel, file));
}

/** What runs a kernel that was read. */
export function ownRunner(kernel: OwnKernel): OwnRunner {
  const runner = runners.get(keyOf(kernel));
  if (runner === undefined)
    throw new Error(`the kernel "${kernel.name}" was not read: await readOwnKernels(network) first`);
  return runner;
}
