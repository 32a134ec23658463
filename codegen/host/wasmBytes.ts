/**
 * WebAssembly's binary form, as much of it as printed kernels need: one memory from outside, functions of i32, exports.
 *
 * Source: WebAssembly Core Specification 1.0, §5 "Binary Format".
 */

export const i32Type = 0x7f;
export const i64Type = 0x7e;
export const vectorType = 0x7b;
export type ValueType = typeof i32Type | typeof i64Type | typeof vectorType;

/** An unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** A signed LEB128 of an integer that a double holds exactly. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = ((rest % 128) + 128) % 128;
    rest = Math.floor(rest / 128);
    const isLast = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** A function whose parameters are i32 and which gives nothing. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  /** Of its locals behind the parameters. */
  readonly locals: readonly ValueType[];
  /** Its instructions, without the `end` that closes it. */
  readonly code: readonly number[];
}

const section = (id: number, content: readonly number[]): number[] => [
  id,
  ...unsigned(content.length),
  ...content,
];

const vector = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
};

/** Bytes that stand behind each other. Code is long, so it is copied once only. */
type Parts = readonly (readonly number[])[];

const lengthOf = (parts: Parts): number => parts.reduce((sum, part) => sum + part.length, 0);

function body({ locals, code }: WasmFunction): Parts {
  const runs: [count: number, type: ValueType][] = [];
  for (const type of locals) {
    const last = runs.at(-1);
    if (last?.[1] === type) last[0]++;
    else runs.push([1, type]);
  }
  const declared = vector(runs.map(([count, type]) => [...unsigned(count), type]));
  return [unsigned(declared.length + code.length + 1), declared, code, [0x0b]];
}

/** A module that imports "env" "memory" of at least so many pages and exports its functions. */
export function printModule(
  functions: readonly WasmFunction[],
  memoryPages: number,
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [i32Type])),
    0,
  ]);
  const memory = [...text("env"), ...text("memory"), 2, 0, ...unsigned(memoryPages)];
  const bodies = [unsigned(functions.length), ...functions.flatMap(body)];
  const parts: Parts = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, vector(types)),
    section(2, vector([memory])),
    section(3, vector(functions.map((_, index) => unsigned(index)))),
    section(7, vector(functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]))),
    [10, ...unsigned(lengthOf(bodies))],
    ...bodies,
  ];
  const bytes = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
