/**
 * A kernel that a user wrote. Its text goes with the network, and may come from anybody: it is read and checked, and never
 * run as what it is.
 */
export interface OwnKernel {
  /** Of the function that it exports, and of its file without ".ts". */
  readonly name: string;
  /** TypeScript of the kernels' subset: docs/kernels.md. */
  readonly text: string;
}

/** Of a user's kernel: function and file are called so. */
export const ownKernelName = /^[a-z][A-Za-z0-9]{0,39}$/;

/** Of a kernel's text, in UTF-8: ten times the longest of the package's plain ones, and soon read. */
export const mostKernelBytes = 16384;

/** Whether name and text can be a user's kernel; what the text says is for `readOwnKernels` to judge. */
export function isOwnKernel({ name, text }: OwnKernel): boolean {
  return ownKernelName.test(name) && new TextEncoder().encode(text).length <= mostKernelBytes;
}
