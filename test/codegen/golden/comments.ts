import type { i32 } from "./int.js";

export interface Comments {
  readonly size: i32;
}

/** Docs end here: *\/ int injected; /* and go on. */
export function comments(layer: Comments, input: Int8Array, output: Int8Array): void {
  // kept: above a loop
  // and its second line
  for (let i: i32 = 0; i < layer.size; i++) {
    // ends */ output[i] = 1; /* opens
    // makes *\ a slash, ??/ and ???/ trigraphs, and a line that goes on \
    const x: i32 = input[i]; // not kept: behind the code
    /* not kept: no line comment */
    // “unicode” → kept
    output[i] = x;
  }
}
