import { formatJson, type JsonObject } from "../src/base/json.js";
import { printableJson } from "../src/base/printable.js";
import { elementCount } from "../src/base/tensor.js";
import type { ClientNetwork, NamedTensor } from "../src/client/clientNetwork.js";
import { describeProgram } from "../src/link/describeProgram.js";
import { labelsOfColumns } from "../src/network/classNames.js";
import { expectOnePort, onePortHint, onlyInput, onlyOutput } from "../src/network/ports.js";
import type { Program } from "../src/program/program.js";

/** By its first line a client is known from other files. */
export const clientMark = "// Written by `pinfer client`: what is changed here is lost.";

/** Longer inputs are nobody's numbers one by one. */
const LONGEST_TUPLE = 32;
/** More classes without names are just numbers. */
const MOST_NUMBERS = 64;

/** What a sample is in TypeScript. */
export type InputForm =
  /** Columns by name: none is mistaken for another. */
  | { readonly kind: "columns"; readonly names: readonly string[] }
  /** Rows of columns. How many there are is checked when it runs: a buffer's length is no type. */
  | { readonly kind: "rows"; readonly names: readonly string[]; readonly rows: number }
  | { readonly kind: "tuple"; readonly count: number }
  /** A typed array, as images are held. */
  | { readonly kind: "flat" };

/** What comes out of it. */
export type AnswerForm =
  | { readonly kind: "single" }
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "numbers"; readonly count: number };

/** A client's text, settled. Names are free text. */
export interface ClientFacts {
  readonly network: ClientNetwork;
  readonly input: InputForm;
  readonly answer: AnswerForm;
}

/** @param columns what the model's data called its columns, where the network has no names for them */
export function describeClient(program: Program, columns: readonly string[] | undefined): ClientFacts {
  expectOnePort(program, "`pinfer client`", onePortHint);
  const { hash, name, inputs, outputs, macs } = describeProgram(program);
  const named = (
    { name, border, elementType, shape, quantization }: NamedTensor,
    labels: readonly string[] | undefined,
  ): NamedTensor => ({ name, border, elementType, shape, quantization, ...(labels && { labels }) });
  const input = named(
    onlyInput({ inputs }),
    onlyInput(program).labels ?? labelsOfColumns(columns, onlyInput(program).shape.at(-1) ?? 0),
  );
  const output = named(onlyOutput({ outputs }), onlyOutput(program).labels);
  return {
    network: { name, hash, macs, inputs: [input], outputs: [output] },
    input: inputForm(input),
    answer: answerForm(output),
  };
}

function inputForm({ shape, labels }: NamedTensor): InputForm {
  const count = elementCount(shape);
  if (labels !== undefined && shape.length === 1) return { kind: "columns", names: labels };
  if (labels !== undefined && shape.length === 2) return { kind: "rows", names: labels, rows: shape[0]! };
  return shape.length === 1 && count <= LONGEST_TUPLE ? { kind: "tuple", count } : { kind: "flat" };
}

function answerForm({ shape, labels }: NamedTensor): AnswerForm {
  const count = elementCount(shape);
  if (count === 1) return { kind: "single" };
  return labels === undefined ? { kind: "numbers", count } : { kind: "names", names: labels };
}

/** A TypeScript module that opens a device by any transport and runs the one network on it. */
export function printClient({ network, input, answer }: ClientFacts): string {
  const { type, single } = printAnswer(answer);
  const imports = ["Client", "ClientOptions", single ? "Single" : "Classified", "Transport"];
  const { elementType, border } = network.inputs[0];
  const own = elementType === "int8" ? "Int8Array" : "Int16Array";
  const arrays = ["Float32Array", "Float64Array", ...(border === "uint8" ? ["Uint8Array"] : []), own];
  return `${clientMark}
import { ${imports.map((name) => `type ${name}`).join(", ")}, openClient } from "pinfer/client";

/** The network that the device must carry: another is refused before the first inference. */
export const network = ${formatJson(network as unknown as JsonObject).trimEnd()} as const;

${printInput(input)}/** All values row by row: real ones, or the network's own as they are. */
export type Flat = ${arrays.join(" | ")};

${type}
export type NetworkClient = Client<${input.kind === "flat" ? "Flat" : "Input | Flat"}, Answer>;

/** Asks the device which network it carries; what it returns infers. */
export function connect(transport: Transport, options?: ClientOptions): Promise<NetworkClient> {
  return openClient(network, transport, options);
}
`;
}

function printInput(input: InputForm): string {
  switch (input.kind) {
    case "columns":
      return `/** A sample: real values, in the units of the training. */\nexport interface Input ${columnsText(input.names)}\n\n`;
    case "rows":
      return (
        `/** Real values, in the units of the training. */\nexport interface Row ${columnsText(input.names)}\n\n` +
        `/** A sample: ${input.rows} rows, the oldest first. */\nexport type Input = readonly Row[];\n\n`
      );
    case "tuple": {
      const numbers = Array.from({ length: input.count }, () => "number").join(", ");
      return `/** A sample: real values, in the units of the training. */\nexport type Input = readonly [${numbers}];\n\n`;
    }
    case "flat":
      return "";
  }
}

function columnsText(names: readonly string[]): string {
  const key = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : literal(name));
  return `{\n${names.map((name) => `  readonly ${key(name)}: number;\n`).join("")}}`;
}

function printAnswer(answer: AnswerForm): { type: string; single: boolean } {
  switch (answer.kind) {
    case "single":
      return { type: "export type Answer = Single;\n", single: true };
    case "names": {
      const names = answer.names.map(literal).join(" | ");
      return {
        type: `export type ClassName = ${names};\nexport type Answer = Classified<ClassName>;\n`,
        single: false,
      };
    }
    case "numbers": {
      const numbers = Array.from({ length: answer.count }, (_, i) => i).join(" | ");
      const type = answer.count <= MOST_NUMBERS ? numbers : "number";
      return { type: `export type Answer = Classified<${type}>;\n`, single: false };
    }
  }
}

/** Names come from files: nothing of them ends the string or the line. */
function literal(name: string): string {
  return printableJson(JSON.stringify(name));
}
