/** What a kernel's layer argument may hold: numbers are folded into the code, typed arrays become tables. */
export type KernelArgument = number | Int8Array | Int16Array | Int32Array | Uint8Array;
