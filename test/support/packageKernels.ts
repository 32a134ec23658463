import type { KernelLibrary } from "../../codegen/kernelLibrary.js";
import { readKernel } from "../../codegen/storedKernels.js";

export type Kernels = Pick<KernelLibrary, "get">;

/** The kernels of the package, without the compiler that reads them: a second of each test file. */
export const packageKernels: Kernels = { get: readKernel };
