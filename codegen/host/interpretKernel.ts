import { UserError } from "../../src/base/errors.js";
import type { OwnRunner } from "../../src/program/ownKernels.js";
import { elementRanges } from "../fold.js";
import type { ElementType, KernelSource, Parameter, Statement } from "../ir.js";
import { mostRegisters } from "../registers.js";
import {
  type Called,
  ExpressionInterpreter,
  type Frame,
  type Run,
  typeNames,
  type Value,
  type View,
} from "./interpretExpressions.js";

/** True when the function returned. */
type Action = (frame: Frame) => boolean;

/** Makes closures of the tree of one function. */
class FunctionInterpreter extends ExpressionInterpreter {
  read(parameters: readonly Parameter[], body: readonly Statement[]): Called {
    const kept = parameters.map(({ name, elementType }) => ({
      ...{ name, elementType },
      place: this.declare(name),
    }));
    const run = this.statements(body);
    return (state, numbers, views) => {
      const frame: Frame = { run: state, numbers: [], views: [], result: 0 };
      this.step(state, body[0]);
      let [number, view] = [0, 0];
      for (const { name, place, elementType } of kept) {
        if (elementType === undefined) frame.numbers[place] = numbers[number++]!;
        else frame.views[place] = { ...views[view++]!, name };
      }
      run(frame);
      return frame.result;
    };
  }

  private statements(statements: readonly Statement[]): Action {
    this.scopes.push(new Map());
    const actions = statements.map((statement) => this.statement(statement));
    this.scopes.pop();
    return (frame) => {
      for (const action of actions) if (action(frame)) return true;
      return false;
    };
  }

  private statement(statement: Statement): Action {
    switch (statement.kind) {
      case "declare": {
        const value = this.value(statement.value);
        const place = this.declare(statement.name);
        return (frame) => {
          frame.numbers[place] = value(frame);
          return false;
        };
      }
      case "registers":
        return this.registers(statement);
      case "assign":
        return this.assign(statement);
      case "for":
        return this.loop(statement);
      case "if": {
        const [condition, thenBody, elseBody] = [
          this.value(statement.condition),
          this.statements(statement.thenBody),
          this.statements(statement.elseBody),
        ];
        return (frame) => (condition(frame) !== 0 ? thenBody(frame) : elseBody(frame));
      }
      case "block":
        return this.statements(statement.body);
      case "call": {
        const call = this.value(statement.call);
        return (frame) => {
          call(frame);
          return false;
        };
      }
      case "return": {
        const value = statement.value && this.value(statement.value);
        return (frame) => {
          if (value) frame.result = value(frame);
          return true;
        };
      }
    }
  }

  private registers(statement: Extract<Statement, { kind: "registers" }>): Action {
    const { name, count } = statement;
    const value = this.value(count);
    const place = this.declare(name);
    return (frame) => {
      const length = value(frame);
      if (length < 1 || length > mostRegisters)
        this.fail(
          frame.run,
          statement,
          `"${name}" has ${length} registers`,
          `1 to ${mostRegisters} can be had`,
        );
      const values = new Int32Array(length);
      frame.views[place] = { name, type: "int32_t", values, start: 0, length, isWritten: undefined };
      return false;
    };
  }

  private assign(statement: Extract<Statement, { kind: "assign" }>): Action {
    const { target, operator } = statement;
    const value = this.value(statement.value);
    const [binary] = operator.split("=") as ["" | "+" | "-" | "*" | "&" | "|" | "^" | ">>"];
    const combined = (old: Value): Value =>
      binary === "" ? value : (frame) => this.combine(binary, old(frame), value(frame), frame.run, statement);
    const result = combined(this.value(target));
    if (target.kind === "local") {
      const place = this.placeOf(target.name);
      return (frame) => {
        frame.numbers[place] = result(frame);
        return false;
      };
    }
    const [array, at] = [this.view(target.array), this.value(target.index)];
    return (frame) => {
      const view = array(frame);
      const [number, index] = [result(frame), this.indexIn(view, at(frame), frame.run, target)];
      const [min, max] = elementRanges[view.type];
      if (number < min || number > max)
        this.fail(
          frame.run,
          statement,
          `${view.name}[${index}] = ${number} does not fit ${typeNames[view.type]}`,
          "clamp() it before",
        );
      view.values[index] = number;
      if (view.isWritten) view.isWritten[index] = 1;
      return false;
    };
  }

  private loop(statement: Extract<Statement, { kind: "for" }>): Action {
    const from = this.value(statement.from);
    this.scopes.push(new Map());
    const place = this.declare(statement.variable);
    const [condition, step] = [this.value(statement.condition), this.value(statement.step)];
    const body = this.statements(statement.body);
    this.scopes.pop();
    return (frame) => {
      const { numbers, run } = frame;
      const by = step(frame);
      if (by < 1) this.fail(run, statement, `a loop's step is ${by}`, "let it be 1 or more");
      for (
        numbers[place] = from(frame);
        condition(frame) !== 0;
        numbers[place] = this.int32(numbers[place] + by, run, statement)
      ) {
        this.step(run, statement);
        if (body(frame)) return true;
      }
      return false;
    };
  }
}

const viewOf = (name: string, type: ElementType, values: View["values"], isWritten?: Uint8Array): View => ({
  ...{ name, type, values, isWritten },
  ...{ start: 0, length: values.length },
});

/**
 * A user's kernel as the host runs it: tree by tree, with every index, every number of int32 and every loop's length
 * checked, so that what runs here without complaint is what the C computes. It reaches its arrays and nothing else.
 */
export function interpretKernel(source: KernelSource): OwnRunner {
  const called = new Map<string, Called>();
  for (const { name, parameters, body } of source.helpers)
    called.set(name, new FunctionInterpreter(source.file, called).read(parameters, body));
  const kernel = new FunctionInterpreter(source.file, called).read(source.activations, source.body);
  const [inputParameter, outputParameter] = source.activations as [Parameter, Parameter];
  return (layerName, argument, input, output) => {
    expectArgument(source, argument, layerName);
    const tables = source.fields.flatMap(({ name, elementType }) =>
      elementType ? [[name, viewOf(name, elementType, argument[name] as View["values"])] as const] : [],
    );
    const isWritten = new Uint8Array(output.length);
    const run: Run = { layerName, argument, tables: new Map(tables), steps: 0 };
    kernel(
      run,
      [],
      [
        viewOf(inputParameter.name, "int8_t", input),
        viewOf(outputParameter.name, "int8_t", output, isWritten),
      ],
    );
    const missing = isWritten.indexOf(0);
    if (missing < 0) return;
    throw new UserError(
      `layer "${layerName}": ${source.file} leaves ${outputParameter.name}[${missing}] of ${output.length} as it was`,
      "write every value of the output: a device has what was there before",
    );
  };
}

/** @throws UserError when the layer's numbers and tables are not those that the kernel declares */
function expectArgument(source: KernelSource, argument: Run["argument"], layerName: string): void {
  const wanted = ({ elementType }: KernelSource["fields"][number]): string =>
    elementType === undefined ? "a number" : `an ${typeNames[elementType]}`.replace("an U", "a U");
  for (const field of source.fields) {
    const value = Object.hasOwn(argument, field.name) ? argument[field.name] : undefined;
    const found =
      value === undefined ? "nothing" : typeof value === "number" ? "a number" : value.constructor.name;
    if (found === wanted(field).replace(/^an? (?=[A-Z])/, "")) continue;
    throw new UserError(
      `layer "${layerName}": ${source.file} reads "${field.name}", ${wanted(field)}; it is given ${found}`,
      "let settle() give it",
    );
  }
}
