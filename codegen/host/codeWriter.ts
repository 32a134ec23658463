import type { ElementType } from "../ir.js";
import type { Affine } from "./affine.js";
import { i32Type, i64Type, signed, unsigned, type ValueType, vectorType } from "./wasmBytes.js";

/** Instructions that have a form for each width: [i32, i64]. */
const byWidth = {
  constant: [0x41, 0x42],
  "===": [0x46, 0x51],
  "!==": [0x47, 0x52],
  "<": [0x48, 0x53],
  ">": [0x4a, 0x55],
  "<=": [0x4c, 0x57],
  ">=": [0x4e, 0x59],
  "+": [0x6a, 0x7c],
  "-": [0x6b, 0x7d],
  "*": [0x6c, 0x7e],
  "&": [0x71, 0x83],
  "|": [0x72, 0x84],
  "^": [0x73, 0x85],
  "<<": [0x74, 0x86],
  ">>": [0x75, 0x87],
  divide: [0x6d, 0x7f],
} as const;

export type WidthInstruction = keyof typeof byWidth;

export const plain = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  get: 0x20,
  set: 0x21,
  tee: 0x22,
  isZero: 0x45,
  leadingZeros: 0x67,
  wrap: 0xa7,
  extend: 0xac,
} as const;

const memory: Readonly<Record<ElementType, { readonly bytes: number; load: number; store: number }>> = {
  int8_t: { bytes: 1, load: 0x2c, store: 0x3a },
  uint8_t: { bytes: 1, load: 0x2d, store: 0x3a },
  int16_t: { bytes: 2, load: 0x2e, store: 0x3b },
  int32_t: { bytes: 4, load: 0x28, store: 0x36 },
};

export const elementBytes = (type: ElementType): number => memory[type].bytes;
const nothing = 0x40;

/** Collects one function's instructions and locals. */
export class CodeWriter {
  readonly code: number[] = [];
  readonly locals: ValueType[] = [];
  /** Locals that are assigned to again: sums of them are not kept. */
  readonly changing = new Set<number>();
  /** Blocks that are open. */
  depth = 0;
  /** Sums that locals hold already, for each stretch of code that always runs as a whole; the innermost last. */
  private readonly sums: Map<string, number>[] = [new Map()];

  constructor(readonly parameters: number) {}

  add(...bytes: readonly number[]): void {
    for (const byte of bytes) this.code.push(byte);
  }

  number(value: number, isWide: boolean): void {
    this.add(byWidth.constant[Number(isWide)]!, ...signed(value));
  }

  instruction(name: WidthInstruction, isWide: boolean): void {
    this.add(byWidth[name][Number(isWide)]!);
  }

  get(local: number): void {
    this.add(plain.get, ...unsigned(local));
  }

  set(local: number): void {
    this.add(plain.set, ...unsigned(local));
  }

  newLocal(isWide: boolean): number {
    this.locals.push(isWide ? i64Type : i32Type);
    return this.parameters + this.locals.length - 1;
  }

  /** A new local that takes what lies on the stack. */
  keep(isWide: boolean): number {
    const local = this.newLocal(isWide);
    this.set(local);
    return local;
  }

  /** A new local that takes the vector that lies on the stack. */
  keepVector(): number {
    this.locals.push(vectorType);
    const local = this.parameters + this.locals.length - 1;
    this.set(local);
    return local;
  }

  /** An instruction of 128 bits, with what belongs to it. */
  vector(instruction: number, rest: readonly number[] = []): void {
    this.add(0xfd, ...unsigned(instruction), ...rest);
  }

  isWide(local: number): boolean {
    return this.locals[local - this.parameters] === i64Type;
  }

  isSteady({ terms }: Affine): boolean {
    return [...terms.keys()].every((local) => !this.changing.has(local));
  }

  /** A stretch that runs only sometimes, or again and again: what is kept inside is not known outside. */
  within(write: () => void): void {
    this.sums.push(new Map());
    write();
    this.sums.pop();
  }

  /** @param result undefined for none, else its width */
  block(opcode: number, isWide: boolean | undefined, write: () => void): void {
    this.add(opcode, isWide === undefined ? nothing : isWide ? i64Type : i32Type);
    this.depth++;
    this.within(write);
    this.depth--;
    this.add(plain.end);
  }

  branch(opcode: number, toDepth: number): void {
    this.add(opcode, ...unsigned(this.depth - toDepth));
  }

  /** An int32 sum onto the stack. */
  affine(form: Affine): void {
    if (form.terms.size === 0) {
      this.number(form.constant, false);
      return;
    }
    this.terms(form);
    if (form.constant === 0) return;
    this.number(form.constant, false);
    this.instruction("+", false);
  }

  private terms(form: Affine): void {
    const terms = [...form.terms].sort(([a], [b]) => a - b);
    if (terms.length === 1 && terms[0]![1] === 1) {
      this.get(terms[0]![0]);
      return;
    }
    const key = this.isSteady(form) ? terms.join(" ") : undefined;
    const known = key === undefined ? undefined : this.sums.findLast((sums) => sums.has(key))?.get(key);
    if (known !== undefined) {
      this.get(known);
      return;
    }
    for (const [index, [local, coefficient]] of terms.entries()) {
      this.get(local);
      if (coefficient !== 1) {
        const shift = Math.log2(coefficient);
        const isShift = Number.isInteger(shift);
        this.number(isShift ? shift : coefficient, false);
        this.instruction(isShift ? "<<" : "*", false);
      }
      if (index > 0) this.instruction("+", false);
    }
    if (key === undefined) return;
    const local = this.newLocal(false);
    this.add(plain.tee, ...unsigned(local));
    this.sums.at(-1)!.set(key, local);
  }

  /**
   * The part of an address that is computed; what is left goes into the instruction, which adds without wrapping around.
   *
   * @returns what is left
   */
  address(form: Affine): number {
    const rest = form.terms.size > 0 && form.constant > 0 ? form.constant : 0;
    this.affine({ ...form, constant: form.constant - rest });
    return rest;
  }

  load(type: ElementType, offset: number): void {
    this.add(memory[type].load, 0, ...unsigned(offset));
  }

  store(type: ElementType, offset: number): void {
    this.add(memory[type].store, 0, ...unsigned(offset));
  }
}
