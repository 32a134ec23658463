import type { Expression, Statement } from "../ir.js";
import { type Affine, sum } from "./affine.js";
import type { CodeWriter } from "./codeWriter.js";
import { unsigned } from "./wasmBytes.js";

/** `target += a[…] · b[…]` of int8, in one turn of an unrolled loop. */
export interface Product {
  /** The local that is added to. */
  readonly target: number;
  /** Addresses. */
  readonly a: Affine;
  readonly b: Affine;
}

/** The factors of `sum += a · b`, a declared element in the place of its name; undefined for other statements. */
export function factorsOf(
  statement: Statement,
  elements: ReadonlyMap<string, Expression>,
): readonly [Expression, Expression] | undefined {
  if (statement.kind !== "assign" || statement.operator !== "+=" || statement.target.kind !== "local")
    return undefined;
  const { value } = statement;
  if (value.kind !== "binary" || value.operator !== "*") return undefined;
  const factor = (given: Expression): Expression => {
    const narrow = given.kind === "wide" ? given.operand : given;
    return (narrow.kind === "local" && elements.get(narrow.name)) || narrow;
  };
  return [factor(value.left), factor(value.right)];
}

/** Four sums that have one factor in common, and whose others lie behind each other. */
interface Lanes {
  readonly targets: readonly number[];
  /** The address of the first of four. */
  readonly four: Affine;
  readonly shared: Affine;
}

const keyOf = ({ terms, constant }: Affine): string =>
  `${[...terms].sort(([a], [b]) => a - b).join(" ")} ${constant}`;
const isBehind = (form: Affine, first: Affine, bytes: number): boolean => {
  const { terms, constant } = sum(form, first, -1);
  return terms.size === 0 && constant === bytes;
};

/** The products of a turn as lanes, in the order that they come in; undefined where one is left over. */
function lanesOf(products: readonly Product[]): readonly Lanes[] | undefined {
  const byShared = new Map<string, Product[]>();
  for (const product of products) {
    const key = keyOf(product.b);
    byShared.set(key, [...(byShared.get(key) ?? []), product]);
  }
  const lanes: Lanes[] = [];
  for (const members of byShared.values()) {
    for (let first = 0; first < members.length; first += 4) {
      const four = members.slice(first, first + 4);
      const { a, b } = four[0]!;
      if (four.length < 4 || !four.every((member, lane) => isBehind(member.a, a, lane))) return undefined;
      lanes.push({ targets: four.map(({ target }) => target), four: a, shared: b });
    }
  }
  return lanes;
}

const simd = {
  load8Splat: 0x07,
  load16Splat: 0x08,
  shuffle: 0x0d,
  extractLane: 0x1b,
  load32Zero: 0x5c,
  widenBytes: 0x87, // i16x8.extend_low_i8x16_s
  addWords: 0xae,
  dotPairs: 0xba, // i32x4.dot_i16x8_s
  multiplyLow: 0xbc, // i32x4.extmul_low_i16x8_s
} as const;
/** a0 b0 a1 b1 … */
const interleave = [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23];

/**
 * Prints the sums of an unrolled loop with vectors: four at a time, and two turns at a time where factors lie behind each
 * other. Sums are modulo 2^32, so their order is free.
 *
 * @param turns the products of each turn
 * @returns false, with nothing printed, where they have another pattern
 */
export function printDotProducts(writer: CodeWriter, turns: readonly (readonly Product[])[]): boolean {
  const all = turns.map(lanesOf);
  const [first] = all;
  const isRegular = all.every(
    (lanes, turn) =>
      lanes !== undefined &&
      lanes.length === first!.length &&
      lanes.every(
        ({ targets, shared }, index) =>
          targets.join() === first![index]!.targets.join() && isBehind(shared, first![index]!.shared, turn),
      ),
  );
  if (!isRegular || first === undefined) return false;
  const sums = first.map((): number | undefined => undefined);
  for (let turn = 0; turn < turns.length; turn += 2) {
    const [these, next] = [all[turn]!, all[turn + 1]];
    const known = new Map<string, number>();
    const once = (key: string, print: () => void): void => {
      const local = known.get(key);
      if (local === undefined) print();
      known.set(key, local ?? writer.keepVector());
      writer.get(known.get(key)!);
    };
    for (const [index, { four, shared }] of these.entries()) {
      once(`four ${keyOf(four)}`, () => {
        load(writer, simd.load32Zero, four);
        if (next !== undefined) {
          load(writer, simd.load32Zero, next[index]!.four);
          writer.vector(simd.shuffle, interleave);
        }
        writer.vector(simd.widenBytes);
      });
      once(`shared ${keyOf(shared)}`, () => {
        load(writer, next === undefined ? simd.load8Splat : simd.load16Splat, shared);
        writer.vector(simd.widenBytes);
      });
      writer.vector(next === undefined ? simd.multiplyLow : simd.dotPairs);
      const before = sums[index];
      if (before === undefined) {
        sums[index] = writer.keepVector();
      } else {
        writer.get(before);
        writer.vector(simd.addWords);
        writer.set(before);
      }
    }
  }
  for (const [index, { targets }] of first.entries()) {
    for (const [lane, target] of targets.entries()) {
      writer.get(target);
      writer.get(sums[index]!);
      writer.vector(simd.extractLane, [lane]);
      writer.instruction("+", false);
      writer.set(target);
    }
  }
  return true;
}

function load(writer: CodeWriter, instruction: number, address: Affine): void {
  const offset = writer.address(address);
  writer.vector(instruction, [0, ...unsigned(offset)]);
}
