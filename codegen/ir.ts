/**
 * A kernel between TypeScript and C: what the subset reader makes, the specialiser rewrites and the printer prints.
 * Names are still TypeScript's (camelCase).
 */

/** Element types of the arrays that kernels read and write. */
export type ElementType = "int8_t" | "int16_t" | "int32_t" | "uint8_t";

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "&"
  | "|"
  | "^"
  | ">>"
  | "<"
  | "<="
  | ">"
  | ">="
  | "==="
  | "!=="
  | "&&"
  | "||";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "local"; readonly name: string }
  /** A number of the layer argument. */
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "element"; readonly array: ArrayReference; readonly index: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  /** The operand as an int32_t: the generator's (codegen/widen.ts), no kernel says it. */
  | { readonly kind: "wide"; readonly operand: Expression }
  | { readonly kind: "unary"; readonly operator: "-" | "!"; readonly operand: Expression }
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Argument[] };

/** An array by name: an activation or helper parameter, or an array of the layer argument. */
export interface ArrayReference {
  readonly kind: "array";
  readonly name: string;
  readonly isField: boolean;
  /** Where an argument begins in it: `array.subarray(offset)`. Default its first element. */
  readonly offset?: Expression;
}

export type Argument = Expression | ArrayReference;

export type Statement =
  | {
      readonly kind: "declare";
      readonly name: string;
      readonly isConst: boolean;
      readonly value: Expression;
      readonly comments: readonly string[];
    }
  /** A local array that specialisation turns into locals. */
  | {
      readonly kind: "registers";
      readonly name: string;
      readonly count: Expression;
      readonly comments: readonly string[];
    }
  | {
      readonly kind: "assign";
      readonly target: Extract<Expression, { kind: "local" | "element" }>;
      readonly operator: "=" | "+=" | "-=" | "*=" | "&=" | "|=" | "^=" | ">>=";
      readonly value: Expression;
      readonly comments: readonly string[];
    }
  | {
      readonly kind: "for";
      readonly variable: string;
      readonly from: Expression;
      readonly condition: Expression;
      /** The variable grows by this after each turn: a literal once a layer's numbers are folded in. */
      readonly step: Expression;
      /** Turns to unroll, 0 for none. */
      readonly unroll: number;
      readonly body: readonly Statement[];
      readonly comments: readonly string[];
    }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly thenBody: readonly Statement[];
      readonly elseBody: readonly Statement[];
      readonly comments: readonly string[];
    }
  | { readonly kind: "block"; readonly body: readonly Statement[]; readonly comments: readonly string[] }
  | { readonly kind: "call"; readonly call: Expression; readonly comments: readonly string[] }
  | { readonly kind: "return"; readonly value: Expression | undefined; readonly comments: readonly string[] };

export interface Parameter {
  readonly name: string;
  /** undefined for an i32. */
  readonly elementType: ElementType | undefined;
  /** True for an array that the function, or one it calls, assigns to. */
  readonly isWritten: boolean;
  /** True for a number that registers are counted by: each call settles it. Default false. */
  readonly isCount?: boolean;
}

/** A function beside the kernel, in its file or in one that it imports; it sees its parameters only. */
export interface Helper {
  readonly name: string;
  /** What its calls say after specialisation. */
  readonly nameInC: string;
  /** Its file as provenance shows it. */
  readonly file: string;
  /** First paragraph of its docstring. */
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly returnsValue: boolean;
  readonly body: readonly Statement[];
}

/** A field of the layer argument's interface. */
export interface LayerField {
  readonly name: string;
  /** undefined for a number. */
  readonly elementType: ElementType | undefined;
  /** Its docstring on one line, "" without one. */
  readonly description: string;
}

export interface KernelSource {
  readonly name: string;
  /** The file as provenance shows it: src/kernels/softmax.ts. */
  readonly file: string;
  readonly description: string;
  readonly fields: readonly LayerField[];
  /** The activations after the layer argument: inputs, the output, scratch. */
  readonly activations: readonly Parameter[];
  readonly body: readonly Statement[];
  /** Helpers that the kernel reaches, callees before callers. */
  readonly helpers: readonly Helper[];
  /** Functions of int.h and simd.h, in C's spelling. */
  readonly arithmeticInC: readonly string[];
}
