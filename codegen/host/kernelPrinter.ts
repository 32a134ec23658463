import type { Expression, Parameter, Statement } from "../ir.js";
import { namesIn, stepOf } from "../walk.js";
import { constantOf, localOf, sum } from "./affine.js";
import { type Callable, CallPrinter } from "./callPrinter.js";
import { CodeWriter, plain, type WidthInstruction } from "./codeWriter.js";
import { factorsOf, type Product, printDotProducts } from "./dotProducts.js";
import { arrayOf, type Binding, bindingOf, type Frame, knownValue } from "./frame.js";
import type { WasmFunction } from "./wasmBytes.js";

type Loop = Extract<Statement, { kind: "for" }>;
type Assignment = Extract<Statement, { kind: "assign" }>;

class KernelPrinter extends CallPrinter {
  override statements(statements: readonly Statement[], frame: Frame): void {
    for (const statement of statements) this.statement(statement, frame);
  }

  private statement(statement: Statement, frame: Frame): void {
    const { writer } = this;
    switch (statement.kind) {
      case "declare":
        frame.names.set(statement.name, this.declared(statement.value, statement.isConst, frame));
        return;
      case "registers":
        throw new Error(`registers "${statement.name}" were not made locals`);
      case "assign":
        this.assign(statement, frame);
        return;
      case "for":
        this.loop(statement, frame);
        return;
      case "if": {
        const { thenBody, elseBody } = statement;
        const known = knownValue(statement.condition, frame);
        if (known !== undefined) {
          this.statements(known !== 0 ? thenBody : elseBody, frame);
          return;
        }
        this.condition(statement.condition, frame);
        writer.block(plain.if, undefined, () => {
          writer.within(() => this.statements(thenBody, frame));
          if (elseBody.length === 0) return;
          writer.add(plain.else);
          writer.within(() => this.statements(elseBody, frame));
        });
        return;
      }
      case "block":
        this.statements(statement.body, frame);
        return;
      case "call":
        if (statement.call.kind !== "call") throw new Error("a statement calls");
        this.inline(statement.call, frame, true);
        return;
      case "return":
        if (statement.value) this.value(statement.value, frame);
        if (frame.returnDepth === undefined) writer.add(plain.return);
        else writer.branch(plain.branch, frame.returnDepth);
    }
  }

  private declared(value: Expression, isConst: boolean, frame: Frame): Binding {
    const constant = knownValue(value, frame);
    if (isConst && constant !== undefined) return { kind: "number", value: constant };
    if (isConst && !frame.isWide) return { kind: "sum", form: this.steady(this.affine(value, frame)) };
    this.value(value, frame);
    const local = this.writer.keep(frame.isWide);
    if (!isConst) this.writer.changing.add(local);
    return { kind: "local", local };
  }

  private assign({ target, operator, value }: Assignment, frame: Frame): void {
    const { writer } = this;
    const combine = (): void => {
      this.value(value, frame);
      if (operator !== "=") writer.instruction(operator.slice(0, -1) as WidthInstruction, frame.isWide);
    };
    if (target.kind === "local") {
      const binding = bindingOf(target.name, frame);
      if (binding.kind !== "local") throw new Error(`"${target.name}" is no variable`);
      if (operator !== "=") writer.get(binding.local);
      combine();
      writer.set(binding.local);
      return;
    }
    const { type, form } = this.elementForm(target.array, target.index, frame);
    const offset = writer.address(form);
    if (operator !== "=") {
      writer.address(form);
      writer.load(type, offset);
      if (frame.isWide) writer.add(plain.extend);
    }
    combine();
    if (frame.isWide) writer.add(plain.wrap);
    writer.store(type, offset);
  }

  private loop(loop: Loop, frame: Frame): void {
    const { writer } = this;
    const { variable, body, condition } = loop;
    const step = stepOf(loop);
    const from = knownValue(loop.from, frame);
    const turns = this.turns(loop, from, frame);
    if (turns !== undefined && turns <= Math.max(loop.unroll, 1)) {
      if (turns > 1 && this.dotProducts(loop, from!, turns, frame)) return;
      for (let turn = 0; turn < turns; turn++) {
        frame.names.set(variable, { kind: "number", value: from! + turn * step });
        this.statements(body, frame);
      }
      return;
    }
    if (from === undefined) writer.affine(this.affine(loop.from, frame));
    else writer.number(from, false);
    const local = writer.keep(false);
    frame.names.set(variable, { kind: "sum", form: localOf(local) });
    writer.block(plain.block, undefined, () => {
      const end = writer.depth;
      if (turns === undefined) {
        writer.within(() => this.condition(condition, frame));
        writer.add(plain.isZero);
        writer.branch(plain.branchIf, end);
      }
      writer.block(plain.loop, undefined, () => {
        const start = writer.depth;
        writer.within(() => this.statements(body, frame));
        writer.affine(sum(localOf(local), constantOf(step)));
        writer.set(local);
        writer.within(() => this.condition(condition, frame));
        writer.branch(plain.branchIf, start);
      });
    });
  }

  /** An unrolled loop that does nothing but add products of bytes, with vectors; false for others. */
  private dotProducts(loop: Loop, from: number, turns: number, frame: Frame): boolean {
    const { variable, body } = loop;
    const elements = new Map<string, Expression>();
    for (const statement of body)
      if (statement.kind === "declare" && statement.isConst && statement.value.kind === "element")
        elements.set(statement.name, statement.value);
    const isSum = (statement: Statement): boolean =>
      factorsOf(statement, elements)?.every(
        (factor) => factor.kind === "element" && arrayOf(factor.array.name, frame).type === "int8_t",
      ) === true;
    const settled = body.filter((statement) => !isSum(statement));
    const isPlain = settled.every(
      (statement) =>
        statement.kind === "declare" &&
        statement.isConst &&
        (elements.has(statement.name) || [...namesIn([statement])].every((name) => !elements.has(name))),
    );
    if (!isPlain || settled.length === body.length) return false;
    const products = Array.from({ length: turns }, (_, turn) => {
      frame.names.set(variable, { kind: "number", value: from + turn * stepOf(loop) });
      return body.flatMap((statement): Product[] => {
        const factors = factorsOf(statement, elements);
        if (factors === undefined || statement.kind !== "assign") {
          if (statement.kind === "declare" && !elements.has(statement.name))
            frame.names.set(statement.name, this.declared(statement.value, true, frame));
          return [];
        }
        const [a, b] = factors.map((factor) => {
          if (factor.kind !== "element") throw new Error(`a ${factor.kind} is no element`);
          return this.steady(this.elementForm(factor.array, factor.index, frame).form);
        });
        const target = bindingOf((statement.target as { name: string }).name, frame);
        if (target.kind !== "local") throw new Error("a sum is no variable");
        return [{ target: target.local, a: a!, b: b! }];
      });
    });
    const turned = products.map((turn) => turn.map(({ target, a, b }) => ({ target, a: b, b: a })));
    return printDotProducts(this.writer, products) || printDotProducts(this.writer, turned);
  }

  /** How often a loop runs, where that is known. */
  private turns(loop: Loop, from: number | undefined, frame: Frame): number | undefined {
    const { condition } = loop;
    if (from === undefined || condition.kind !== "binary") return undefined;
    const to = knownValue(condition.right, frame);
    if (to === undefined) return undefined;
    return Math.max(0, Math.ceil((to + (condition.operator === "<=" ? 1 : 0) - from) / stepOf(loop)));
  }
}

/**
 * A specialised kernel as one function that takes addresses of its arrays: nothing is called, numbers that are known are
 * in the code.
 *
 * @param arrays in the order of the function's parameters
 */
export function printKernel(
  name: string,
  arrays: readonly Parameter[],
  body: readonly Statement[],
  callables: ReadonlyMap<string, Callable>,
): WasmFunction {
  const writer = new CodeWriter(arrays.length);
  const names = new Map(
    arrays.map((array, index): [string, Binding] => {
      if (array.elementType === undefined) throw new Error(`"${array.name}" is no array`);
      return [array.name, { kind: "array", type: array.elementType, pointer: localOf(index) }];
    }),
  );
  new KernelPrinter(writer, callables).statements(body, { names, isWide: false, returnDepth: undefined });
  return { name, parameters: arrays.length, locals: writer.locals, code: writer.code };
}
