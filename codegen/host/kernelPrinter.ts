import type { Argument, Expression, Parameter, Statement } from "../ir.js";
import { innerStatements, stepOf } from "../walk.js";
import { constantOf, localOf, sum } from "./affine.js";
import { CodeWriter, elementBytes, plain, type WidthInstruction } from "./codeWriter.js";
import { ExpressionPrinter } from "./expressionPrinter.js";
import { arrayOf, type Binding, bindingOf, type Frame, knownValue } from "./frame.js";
import type { WasmFunction } from "./wasmBytes.js";

/** A function that a kernel calls: printed where it is called, as a compiler inlines it. */
export interface Callable {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  /** Of int.ts. */
  readonly isWide: boolean;
}

type Loop = Extract<Statement, { kind: "for" }>;
type Assignment = Extract<Statement, { kind: "assign" }>;

function returns(statements: readonly Statement[]): boolean {
  return statements.some((statement) => statement.kind === "return" || returns(innerStatements(statement)));
}

class KernelPrinter extends ExpressionPrinter {
  constructor(
    writer: CodeWriter,
    private readonly callables: ReadonlyMap<string, Callable>,
  ) {
    super(writer);
  }

  statements(statements: readonly Statement[], frame: Frame): void {
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

  /** How often a loop runs, where that is known. */
  private turns(loop: Loop, from: number | undefined, frame: Frame): number | undefined {
    const { condition } = loop;
    if (from === undefined || condition.kind !== "binary") return undefined;
    const to = knownValue(condition.right, frame);
    if (to === undefined) return undefined;
    return Math.max(0, Math.ceil((to + (condition.operator === "<=" ? 1 : 0) - from) / stepOf(loop)));
  }

  protected override call(call: Extract<Expression, { kind: "call" }>, frame: Frame): void {
    const { writer } = this;
    const [argument] = call.arguments as Expression[];
    switch (call.name) {
      case "**": // of 2, as everywhere in int.ts
        writer.number(1, true);
        this.value(call.arguments[1] as Expression, frame);
        writer.instruction("<<", true);
        return;
      case "Math.clz32":
        this.value(argument!, frame);
        writer.add(plain.wrap, plain.leadingZeros, plain.extend);
        return;
      case "Math.floor":
      case "Math.trunc": {
        if (argument?.kind !== "call" || argument.name !== "/")
          throw new Error(`${call.name} of no quotient`);
        const [dividend, divisor] = argument.arguments as [Expression, Expression];
        this.value(dividend, frame);
        const shift = Math.log2(knownValue(divisor, frame) ?? Number.NaN);
        if (call.name === "Math.floor" && !Number.isInteger(shift))
          throw new Error("Math.floor of a quotient by no power of two");
        if (call.name === "Math.floor") writer.number(shift, true);
        else this.value(divisor, frame);
        writer.instruction(call.name === "Math.floor" ? ">>" : "divide", true);
        return;
      }
      default:
        this.inline(call, frame, false);
        return;
    }
  }

  private inline(call: Extract<Expression, { kind: "call" }>, frame: Frame, isDropped: boolean): void {
    const { writer } = this;
    const called = this.callables.get(call.name);
    if (called === undefined) throw new Error(`"${call.name}" is called, which is not known`);
    const names = new Map(
      called.parameters.map(({ name }, index) => [name, this.argument(call.arguments[index]!, frame)]),
    );
    const { body, isWide } = called;
    const last = body.at(-1);
    if (last?.kind === "return" && last.value !== undefined && !returns(body.slice(0, -1))) {
      const inner: Frame = { names, isWide, returnDepth: undefined };
      this.statements(body.slice(0, -1), inner);
      this.value(last.value, inner);
      if (isWide && !frame.isWide) writer.add(plain.wrap);
      if (isDropped) writer.add(plain.drop);
      return;
    }
    if (!returns(body)) {
      this.statements(body, { names, isWide, returnDepth: undefined });
      return;
    }
    writer.block(plain.block, isDropped ? undefined : isWide, () => {
      this.statements(body, { names, isWide, returnDepth: writer.depth });
      if (!isDropped) writer.add(plain.unreachable);
    });
    if (isWide && !frame.isWide && !isDropped) writer.add(plain.wrap);
  }

  private argument(argument: Argument, frame: Frame): Binding {
    if (argument.kind === "array") {
      const { type, pointer } = arrayOf(argument.name, frame);
      if (argument.offset === undefined) return { kind: "array", type, pointer };
      const moved = sum(pointer, this.affine(argument.offset, frame), elementBytes(type));
      return { kind: "array", type, pointer: this.steady(moved) };
    }
    const constant = knownValue(argument, frame);
    if (constant !== undefined) return { kind: "number", value: constant };
    if (!frame.isWide) return { kind: "sum", form: this.steady(this.affine(argument, frame)) };
    this.value(argument, frame);
    return { kind: "local", local: this.writer.keep(true) };
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
