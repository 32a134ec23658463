/** Σ coefficient · local + constant, over int32 locals: an address or index before it is printed. */
export interface Affine {
  /** Local's number → its coefficient, none of them 0. */
  readonly terms: ReadonlyMap<number, number>;
  readonly constant: number;
}

export const constantOf = (constant: number): Affine => ({ terms: new Map(), constant });
export const localOf = (local: number): Affine => ({ terms: new Map([[local, 1]]), constant: 0 });
export const isConstant = ({ terms }: Affine): boolean => terms.size === 0;

export function sum(a: Affine, b: Affine, factor = 1): Affine {
  const terms = new Map(a.terms);
  for (const [local, coefficient] of b.terms) {
    const total = (terms.get(local) ?? 0) + factor * coefficient;
    if (total === 0) terms.delete(local);
    else terms.set(local, total);
  }
  return { terms, constant: a.constant + factor * b.constant };
}

export const product = (a: Affine, factor: number): Affine => sum(constantOf(0), a, factor);
