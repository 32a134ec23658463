import type { ElementType, Expression } from "../ir.js";
import { type Affine, isConstant } from "./affine.js";
import { computed } from "./computed.js";

/** What a name stands for. */
export type Binding =
  | { readonly kind: "number"; readonly value: number }
  /** An int32 that does not change where the name is in sight. */
  | { readonly kind: "sum"; readonly form: Affine }
  | { readonly kind: "local"; readonly local: number }
  | { readonly kind: "array"; readonly type: ElementType; readonly pointer: Affine };

/** A function's body while it is printed: the kernel's, or one inside it. */
export interface Frame {
  readonly names: Map<string, Binding>;
  /** Computes with 64 bits: a function of int.ts or simd.ts. */
  readonly isWide: boolean;
  /** Depth of the block that `return` leaves; undefined for the whole function. */
  readonly returnDepth: number | undefined;
}

export function bindingOf(name: string, frame: Frame): Binding {
  const binding = frame.names.get(name);
  if (binding === undefined) throw new Error(`"${name}" is not in sight`);
  return binding;
}

export function arrayOf(name: string, frame: Frame): Extract<Binding, { kind: "array" }> {
  const binding = bindingOf(name, frame);
  if (binding.kind !== "array") throw new Error(`"${name}" is no array`);
  return binding;
}

/** What is known before it runs; undefined for what is not. Numbers are JavaScript's, as kernels compute on the host. */
export function knownValue(expression: Expression, frame: Frame): number | undefined {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "local": {
      const binding = bindingOf(expression.name, frame);
      if (binding.kind === "number") return binding.value;
      return binding.kind === "sum" && isConstant(binding.form) ? binding.form.constant : undefined;
    }
    case "wide":
      return knownValue(expression.operand, frame);
    case "unary": {
      const operand = knownValue(expression.operand, frame);
      if (operand === undefined) return undefined;
      return expression.operator === "-" ? -operand : Number(operand === 0);
    }
    case "binary": {
      const { operator, left, right } = expression;
      return computed(operator, knownValue(left, frame), knownValue(right, frame));
    }
    case "conditional": {
      const condition = knownValue(expression.condition, frame);
      if (condition === undefined) return undefined;
      return knownValue(condition !== 0 ? expression.whenTrue : expression.whenFalse, frame);
    }
    case "call": {
      if (expression.name !== "**") return undefined;
      const [a, b] = expression.arguments as Expression[];
      return computed("**", knownValue(a!, frame), knownValue(b!, frame));
    }
    default:
      return undefined;
  }
}

/** Costs less than a branch, and cannot fail. */
export function isCheap(expression: Expression): boolean {
  switch (expression.kind) {
    case "number":
    case "local":
      return true;
    case "unary":
    case "wide":
      return isCheap(expression.operand);
    case "binary":
      return isCheap(expression.left) && isCheap(expression.right);
    case "conditional":
      return [expression.condition, expression.whenTrue, expression.whenFalse].every(isCheap);
    default:
      return false;
  }
}
