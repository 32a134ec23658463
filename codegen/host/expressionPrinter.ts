import type { ArrayReference, BinaryOperator, Expression } from "../ir.js";
import { type Affine, constantOf, isConstant, localOf, product, sum } from "./affine.js";
import { type CodeWriter, elementBytes, plain, type WidthInstruction } from "./codeWriter.js";
import { arrayOf, bindingOf, type Frame, isCheap, knownValue } from "./frame.js";

/** What JavaScript computes in int32, whatever its operands are. */
const ofBits = new Set<string>(["&", "|", "^", "<<", ">>"]);
const comparisons = new Set<BinaryOperator>(["<", "<=", ">", ">=", "===", "!=="]);

/** Prints expressions; what a call is, those who extend it say. */
export abstract class ExpressionPrinter {
  constructor(protected readonly writer: CodeWriter) {}

  /** A call's value onto the stack, of the frame's width. */
  protected abstract call(call: Extract<Expression, { kind: "call" }>, frame: Frame): void;

  /** An int32 expression as a sum; what is none is computed into a local first. */
  protected affine(expression: Expression, frame: Frame): Affine {
    const constant = knownValue(expression, frame);
    if (constant !== undefined) return constantOf(constant);
    if (expression.kind === "local") {
      const binding = bindingOf(expression.name, frame);
      if (binding.kind === "sum") return binding.form;
      if (binding.kind === "local" && !this.writer.isWide(binding.local)) return localOf(binding.local);
    }
    if (expression.kind === "wide") return this.affine(expression.operand, frame);
    if (expression.kind === "binary") {
      const { operator, left, right } = expression;
      if (operator === "+" || operator === "-")
        return sum(this.affine(left, frame), this.affine(right, frame), operator === "+" ? 1 : -1);
      if (operator === "*") {
        const [a, b] = [this.affine(left, frame), this.affine(right, frame)];
        if (isConstant(a)) return product(b, a.constant);
        if (isConstant(b)) return product(a, b.constant);
        this.writer.affine(a);
        this.writer.affine(b);
        this.writer.instruction("*", false);
        return localOf(this.writer.keep(false));
      }
    }
    this.value(expression, frame);
    if (frame.isWide) this.writer.add(plain.wrap);
    return localOf(this.writer.keep(false));
  }

  /** A sum that stays the same while a name stands for it. */
  protected steady(form: Affine): Affine {
    if (this.writer.isSteady(form)) return form;
    this.writer.affine(form);
    return localOf(this.writer.keep(false));
  }

  protected elementForm(array: ArrayReference, index: Expression | undefined, frame: Frame) {
    const { type, pointer } = arrayOf(array.name, frame);
    const form = index === undefined ? pointer : sum(pointer, this.affine(index, frame), elementBytes(type));
    return { type, form };
  }

  /** A number onto the stack, of the frame's width. */
  protected value(expression: Expression, frame: Frame): void {
    const { writer } = this;
    const constant = knownValue(expression, frame);
    if (constant !== undefined) {
      writer.number(constant, frame.isWide);
      return;
    }
    switch (expression.kind) {
      case "local": {
        const binding = bindingOf(expression.name, frame);
        if (binding.kind === "local") writer.get(binding.local);
        else if (binding.kind === "sum") writer.affine(binding.form);
        else throw new Error(`"${expression.name}" is no number`);
        const isWide = binding.kind === "local" && writer.isWide(binding.local);
        if (frame.isWide && !isWide) writer.add(plain.extend);
        return;
      }
      case "element": {
        const { type, form } = this.elementForm(expression.array, expression.index, frame);
        writer.load(type, writer.address(form));
        if (frame.isWide) writer.add(plain.extend);
        return;
      }
      case "wide":
        this.value(expression.operand, frame);
        return;
      case "unary":
        if (expression.operator === "!") break;
        writer.number(0, frame.isWide);
        this.value(expression.operand, frame);
        writer.instruction("-", frame.isWide);
        return;
      case "binary":
        this.binary(expression, frame);
        return;
      case "conditional":
        this.conditional(expression, frame);
        return;
      case "call":
        this.call(expression, frame);
        return;
    }
    throw new Error(`a ${expression.kind} is no number`);
  }

  private binary({ operator, left, right }: Extract<Expression, { kind: "binary" }>, frame: Frame): void {
    const { writer } = this;
    if (operator === "*" && right.kind === "call" && right.name === "**") {
      this.value(left, frame);
      this.value(right.arguments[1] as Expression, frame);
      writer.instruction("<<", true);
      return;
    }
    this.value(left, frame);
    const isOfBits = frame.isWide && ofBits.has(operator);
    if (isOfBits) writer.add(plain.wrap);
    this.value(right, frame);
    if (isOfBits) writer.add(plain.wrap);
    writer.instruction(operator as WidthInstruction, frame.isWide && !isOfBits);
    if (isOfBits) writer.add(plain.extend);
  }

  private conditional(
    { condition, whenTrue, whenFalse }: Extract<Expression, { kind: "conditional" }>,
    frame: Frame,
  ): void {
    const known = knownValue(condition, frame);
    if (known !== undefined) {
      this.value(known !== 0 ? whenTrue : whenFalse, frame);
      return;
    }
    if (isCheap(whenTrue) && isCheap(whenFalse)) {
      this.value(whenTrue, frame);
      this.value(whenFalse, frame);
      this.condition(condition, frame);
      this.writer.add(plain.select);
      return;
    }
    this.condition(condition, frame);
    this.writer.block(plain.if, frame.isWide, () => {
      this.writer.within(() => this.value(whenTrue, frame));
      this.writer.add(plain.else);
      this.writer.within(() => this.value(whenFalse, frame));
    });
  }

  /** 0 or 1 as an int32 onto the stack. */
  protected condition(expression: Expression, frame: Frame): void {
    const { writer } = this;
    const constant = knownValue(expression, frame);
    if (constant !== undefined) {
      writer.number(constant, false);
      return;
    }
    if (expression.kind === "unary" && expression.operator === "!") {
      this.condition(expression.operand, frame);
      writer.add(plain.isZero);
      return;
    }
    if (expression.kind !== "binary") throw new Error(`a ${expression.kind} is no condition`);
    const { operator, left, right } = expression;
    if (comparisons.has(operator)) {
      this.binary(expression, frame);
      return;
    }
    const [a, b] = [knownValue(left, frame), knownValue(right, frame)];
    // what is known of one does not decide, so the other does
    if (a !== undefined) {
      this.condition(right, frame);
      return;
    }
    if (b !== undefined) {
      this.condition(left, frame);
      return;
    }
    this.condition(left, frame);
    if (isCheap(right)) {
      this.condition(right, frame);
      writer.instruction(operator === "&&" ? "&" : "|", false);
      return;
    }
    writer.block(plain.if, false, () => {
      if (operator === "&&") writer.within(() => this.condition(right, frame));
      else writer.number(1, false);
      writer.add(plain.else);
      if (operator === "&&") writer.number(0, false);
      else writer.within(() => this.condition(right, frame));
    });
  }
}
