import { UserError } from "../src/base/errors.js";
import type { KernelArgument } from "../src/kernels/kernelArgument.js";
import {
  decide,
  elementRanges,
  expectEnd,
  FoldingError,
  int32,
  literal,
  mirrored,
  runsNever,
  simplifyBinary,
} from "./fold.js";
import type {
  ArrayReference,
  BinaryOperator,
  ElementType,
  Expression,
  Helper,
  KernelSource,
  LayerField,
  Statement,
} from "./ir.js";
import { snakeCase } from "./names.js";
import { defaultName } from "./networkNames.js";
import { removeUnused } from "./removeUnused.js";
import { type NumberPlaces, numbersField } from "./valueNumbers.js";
import { namesIn, visitStatements } from "./walk.js";
import { widen } from "./widen.js";

/** A kernel with the numbers of one layer folded in; its arrays stay parameters. */
export interface SpecialisedKernel {
  readonly kernel: KernelSource;
  readonly body: readonly Statement[];
  /** Array fields that the body still reads, in the interface's order. */
  readonly tables: readonly LayerField[];
  /** Helpers that the body still calls, callees before callers. */
  readonly helpers: readonly Helper[];
  /** What body and helpers call of firmware/int.h and simd.h, by its names there. */
  readonly arithmetic: ReadonlySet<string>;
}

class Specialiser {
  constructor(
    private readonly layer: Readonly<Record<string, KernelArgument>>,
    /** Element types of the arrays in sight. */
    private readonly types: ReadonlyMap<string, ElementType | undefined>,
    /** A function's name in C. */
    private readonly nameInC: (called: string) => string,
    /** Of numbers that are read from a table. */
    private readonly places: NumberPlaces,
  ) {}

  private number(field: string): number {
    const value = this.layer[field];
    if (typeof value !== "number" || (value | 0) !== value) {
      throw new Error(`field "${field}" must be an int32 number, found ${String(value)}`);
    }
    return value;
  }

  expression(expression: Expression): Expression {
    switch (expression.kind) {
      case "number":
      case "local":
      case "wide":
        return expression;
      case "field":
        return this.inTable(expression.name) ?? literal(this.number(expression.name));
      case "element":
        return { ...expression, index: this.expression(expression.index) };
      case "binary": {
        const [left, right] = [this.expression(expression.left), this.expression(expression.right)];
        const decided = this.decideByType(expression.operator, left, right);
        return decided === undefined ? simplifyBinary(expression.operator, left, right) : literal(decided);
      }
      case "unary": {
        const operand = this.expression(expression.operand);
        if (operand.kind !== "number") return { ...expression, operand };
        return literal(
          expression.operator === "-"
            ? int32(-operand.value, `-(${operand.value})`)
            : Number(operand.value === 0),
        );
      }
      case "conditional": {
        const condition = this.expression(expression.condition);
        if (condition.kind === "number")
          return this.expression(condition.value !== 0 ? expression.whenTrue : expression.whenFalse);
        return {
          ...expression,
          condition,
          whenTrue: this.expression(expression.whenTrue),
          whenFalse: this.expression(expression.whenFalse),
        };
      }
      case "call":
        return {
          ...expression,
          name: this.nameInC(expression.name),
          arguments: expression.arguments.map((argument) =>
            argument.kind === "array" ? this.array(argument) : this.expression(argument),
          ),
        };
    }
  }

  private inTable(field: string): Expression | undefined {
    const place = this.places.get(field);
    if (place === undefined) return undefined;
    return {
      kind: "element",
      array: { kind: "array", name: numbersField, isField: true },
      index: literal(place),
    };
  }

  private array(array: ArrayReference): ArrayReference {
    if (array.offset === undefined) return array;
    const { offset, ...whole } = array;
    const folded = this.expression(offset);
    return folded.kind === "number" && folded.value === 0 ? whole : { ...whole, offset: folded };
  }

  /** Comparisons of an element with what its type cannot reach: compilers warn of them. */
  private decideByType(operator: BinaryOperator, left: Expression, right: Expression): number | undefined {
    const turned = mirrored[operator];
    if (turned === undefined) return undefined;
    if (right.kind === "element" && left.kind === "number") return this.decideByType(turned, right, left);
    const type = left.kind === "element" ? this.types.get(left.array.name) : undefined;
    if (type === undefined || right.kind !== "number") return undefined;
    return decide(operator, elementRanges[type], right.value);
  }

  statements(statements: readonly Statement[]): Statement[] {
    return statements.flatMap((statement) => this.statement(statement));
  }

  private statement(statement: Statement): Statement[] {
    switch (statement.kind) {
      case "declare":
        return [{ ...statement, value: this.expression(statement.value) }];
      case "assign":
        if (statement.operator === ">>=") simplifyBinary(">>", literal(0), this.expression(statement.value));
        return [
          {
            ...statement,
            target: this.expression(statement.target) as typeof statement.target,
            value: this.expression(statement.value),
          },
        ];
      case "for": {
        const from = this.expression(statement.from);
        const condition = this.expression(statement.condition);
        if (runsNever(from, condition)) return [];
        expectEnd(condition, statement.step);
        return [{ ...statement, from, condition, body: this.statements(statement.body) }];
      }
      case "if": {
        const condition = this.expression(statement.condition);
        if (condition.kind === "number") {
          const body = this.statements(condition.value !== 0 ? statement.thenBody : statement.elseBody);
          const declares = body.some((inner) => inner.kind === "declare");
          return declares ? [{ kind: "block", body, comments: statement.comments }] : body;
        }
        return [
          {
            ...statement,
            condition,
            thenBody: this.statements(statement.thenBody),
            elseBody: this.statements(statement.elseBody),
          },
        ];
      }
      case "block":
        return [{ ...statement, body: this.statements(statement.body) }];
      case "call":
        return [{ ...statement, call: this.expression(statement.call) }];
      case "return":
        return [{ ...statement, value: statement.value && this.expression(statement.value) }];
    }
  }
}

/**
 * Folds a layer's numbers into its kernel: field reads become literals, branches on them disappear, loops get
 * literal bounds; loops that never run, locals that nothing needs and tables that are never read go.
 *
 * @param layerName for messages
 * @param prefix what functions' names in C begin with
 * @param places of numbers that are read from a table and not folded
 * @throws UserError where folding meets arithmetic that C leaves undefined
 */
export function specialise(
  kernel: KernelSource,
  layer: Readonly<Record<string, KernelArgument>>,
  layerName: string,
  prefix: string = defaultName,
  places: NumberPlaces = new Map(),
): SpecialisedKernel {
  try {
    return specialiseOrThrow(kernel, layer, prefix, places);
  } catch (error) {
    if (!(error instanceof FoldingError)) throw error;
    throw new UserError(
      `layer "${layerName}": ${kernel.file} cannot be specialised for it: ${error.message}`,
      "a kernel's numbers stay in int32; correct the kernel or the layer's numbers",
    );
  }
}

function specialiseOrThrow(
  kernel: KernelSource,
  layer: Readonly<Record<string, KernelArgument>>,
  prefix: string,
  places: NumberPlaces,
): SpecialisedKernel {
  const helperNames = new Map(kernel.helpers.map((helper) => [helper.name, helper.nameInC]));
  const nameInC = (called: string) => `${prefix}_${helperNames.get(called) ?? snakeCase(called)}`;
  const specialiser = (arrays: readonly { name: string; elementType: ElementType | undefined }[]) =>
    new Specialiser(layer, new Map(arrays.map((array) => [array.name, array.elementType])), nameInC, places);
  const usedHelpers = new Set<string>();
  const noteCalls = (statements: readonly Statement[]): void =>
    visitStatements(statements, (found) => {
      if (found.kind === "call") usedHelpers.add(found.name);
    });
  const body = removeUnused(specialiser([...kernel.fields, ...kernel.activations]).statements(kernel.body));
  noteCalls(body);
  const helpers: Helper[] = [];
  // callers stand after their callees, so one pass from the end finds all that is reached
  for (const helper of [...kernel.helpers].reverse()) {
    if (!usedHelpers.has(nameInC(helper.name))) continue;
    const helperBody = removeUnused(specialiser(helper.parameters).statements(helper.body));
    noteCalls(helperBody);
    const widened = widen(helperBody, helper.parameters);
    helpers.unshift({ ...helper, nameInC: nameInC(helper.name), body: widened });
  }
  const used = namesIn(body);
  const arithmetic = new Set(kernel.arithmeticInC.filter((name) => usedHelpers.has(`${prefix}_${name}`)));
  return {
    arithmetic,
    kernel,
    body: widen(body, [...kernel.fields, ...kernel.activations]),
    tables: kernel.fields.filter((field) => field.elementType !== undefined && used.has(field.name)),
    helpers,
  };
}
