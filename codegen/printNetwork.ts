import type CodeBlockWriter from "code-block-writer";
import { portBytes } from "../src/network/ports.js";
import { arithmeticHeaders, namesOf, printFunctions } from "./cFunctions.js";
import { findTableParameters } from "./flashTables.js";
import type {
  GeneratedFunction,
  GeneratedLayer,
  GeneratedNetwork,
  GeneratedTable,
} from "./generatedNetwork.js";
import type { Helper, Parameter, Statement } from "./ir.js";
import { commentText, snakeCase } from "./names.js";
import { cWriter, printNumber, printParameter, printSignature, printStatements } from "./printC.js";
import { provenance, writeComment } from "./printComment.js";
import { printPrologue } from "./printPrologue.js";
import { printSelfTest } from "./printSelfTest.js";
import { addressOf, arenaBytesOf, arenaParameter, shapeText, slotText } from "./printSlots.js";
import { printReset } from "./printStates.js";
import { printTablesInSlot, tableInSlot } from "./printTablesInSlot.js";
import { layOutSlot, type SlotTables } from "./slotTables.js";
import { namesIn } from "./walk.js";
import { wrapLine } from "./wrapLine.js";

const elementTypes: Readonly<Record<string, string>> = {
  Int8Array: "int8_t",
  Int16Array: "int16_t",
  Int32Array: "int32_t",
  Uint8Array: "uint8_t",
};
const lineWidth = 110;

/** What all parts of a file are printed with. */
interface Context {
  /** "GESTURE" */
  readonly macro: string;
  /** What says that a table is in flash, with a space behind it; "" where no table may be in an address space of its own. */
  readonly space: string;
  readonly tableParameters: ReturnType<typeof findTableParameters>;
}

function writeValues(writer: CodeBlockWriter, values: ArrayLike<number>): void {
  let line = "";
  writer.indent(() => {
    for (let i = 0; i < values.length; i++) {
      const piece = `${printNumber(values[i]!)},`;
      if (line.length + piece.length + 5 > lineWidth) {
        writer.writeLine(line);
        line = "";
      }
      line += line === "" ? piece : ` ${piece}`;
    }
    writer.writeLine(line);
  });
}

/** One comment over as many lines as it needs. */
function writeWrappedComment(writer: CodeBlockWriter, text: string): void {
  let line = "/*";
  for (const word of commentText(text).split(" ")) {
    if (line.length + word.length + 4 > lineWidth) {
      writer.writeLine(line);
      line = "  ";
    }
    line += ` ${word}`;
  }
  writer.writeLine(`${line} */`);
}

function writeTable(writer: CodeBlockWriter, table: GeneratedTable, { macro, space }: Context): void {
  const type = elementTypes[table.values.constructor.name]!;
  if (table.description !== "") writeWrappedComment(writer, table.description);
  const declaration = `static const ${space}${type} ${table.name}[${table.values.length}]`;
  writer.writeLine(`${macro}_TABLES_ATTRIBUTES ${declaration} = {`);
  writeValues(writer, table.values);
  writer.writeLine("};");
  const { byteLength } = table.values;
  writer.writeLine(
    `${macro}_ASSERT(${table.name}_takes_${byteLength}_bytes, sizeof(${table.name}) == ${byteLength});`,
  );
  writer.blankLine();
}

/** Braces around statements; compilers warn of a parameter that nothing reads, so those are named first. */
export function writeBody(
  writer: CodeBlockWriter,
  body: readonly Statement[],
  parameters: readonly Parameter[],
  { macro }: Pick<Context, "macro">,
): void {
  const used = namesIn(body);
  const types = new Map(parameters.flatMap((p) => (p.elementType ? [[p.name, p.elementType] as const] : [])));
  writer.block(() => {
    for (const { name } of parameters) if (!used.has(name)) writer.writeLine(`(void)${snakeCase(name)};`);
    printStatements(writer, body, { types, unroll: `${macro}_UNROLL` });
  });
  writer.blankLine();
}

function writeHelper(writer: CodeBlockWriter, helper: Helper, context: Context): void {
  const { macro, space, tableParameters } = context;
  const isTable = (name: string) => tableParameters?.get(helper.nameInC)?.has(name) === true;
  const parameters = helper.parameters.map((one) => printParameter(one, isTable(one.name) ? space : ""));
  const description = helper.description.replace(/[^.]$/, "$&.");
  writeWrappedComment(writer, `${description} From ${helper.file}.`);
  const returns = helper.returnsValue ? "int32_t" : "void";
  const head = `static ${macro}_INLINE ${returns} ${helper.nameInC}`;
  writer.writeLine(printSignature(head, parameters.length > 0 ? parameters : ["void"]));
  writeBody(writer, helper.body, helper.parameters, context);
}

function writeFunction(writer: CodeBlockWriter, generated: GeneratedFunction, context: Context): void {
  const { kernel, body, tables } = generated.specialised;
  const shapes = `${generated.inputs.map(shapeText).join(", ")} -> ${shapeText(generated.output)}`;
  const layers = generated.layers.join(", ");
  writeWrappedComment(writer, `${kernel.name}: ${shapes}. From ${kernel.file}, specialised for ${layers}.`);
  const inputCount = generated.inputs.length;
  const inputs = kernel.activations.slice(0, inputCount);
  const outputAndScratch = kernel.activations.slice(inputCount);
  const parameters = [
    ...inputs.map((input) => printParameter(input)),
    ...tables.map((table) => printParameter({ ...table, isWritten: false }, context.space)),
    ...outputAndScratch.map((output) => printParameter(output)),
  ];
  writer.writeLine(printSignature(`static void ${generated.name}`, parameters));
  writeBody(writer, body, kernel.activations, context);
}

function writeLayer(
  writer: CodeBlockWriter,
  layer: GeneratedLayer,
  network: GeneratedNetwork,
  slot: SlotTables | undefined,
): void {
  const { call } = layer;
  writer.writeLine(
    `/* ${commentText(call.name)}: ${call.inputs.map(slotText).join("; ")} -> ${slotText(call.output)}. */`,
  );
  // two functions call it, and gcc would put it into both
  const shared = network.program.optimize === "size" ? `${network.prefix.toUpperCase()}_INLINE ` : "";
  writer.writeLine(`static ${shared}void ${layer.name}(${arenaParameter(network)[0] ?? "void"})`);
  const callArguments = [
    ...call.inputs.map((slot) => addressOf(network, slot)),
    ...layer.tables.map((table) => (slot ? tableInSlot(network.prefix, slot, table) : table.name)),
    addressOf(network, call.output),
    ...call.scratch.map((slot) => addressOf(network, slot)),
  ];
  writer.block(() => writer.writeLine(`${printSignature(layer.functionName, callArguments)};`));
  writer.blankLine();
}

function writeRunLayer(writer: CodeBlockWriter, network: GeneratedNetwork): void {
  const handedOn = network.arena === "shared" ? "arena" : "";
  const parameters = [...arenaParameter(network), "int32_t layer", "uint32_t *size"];
  writer.writeLine(`const int8_t *${network.prefix}_run_layer(${parameters.join(", ")})`);
  writer.block(() => {
    writer.writeLine("switch (layer) {");
    for (const [index, layer] of network.layers.entries()) {
      writer.writeLine(`case ${index}:`);
      writer.indent(() => {
        writer.writeLine(`${layer.name}(${handedOn});`);
        writer.writeLine(`*size = ${layer.call.output.bytes};`);
        writer.writeLine(`return ${arenaBytesOf(network)} + ${layer.call.output.offset};`);
      });
    }
    writer.writeLine("default:");
    writer.indent(() => {
      writer.writeLine("*size = 0;");
      writer.writeLine("return 0;");
    });
    writer.writeLine("}");
  });
}

/** The arena, where it is the network's own, and what is checked of it and the header. */
function writeArena(writer: CodeBlockWriter, network: GeneratedNetwork, macro: string): void {
  const { program, prefix } = network;
  for (const slot of [
    ...program.inputs,
    ...program.outputs,
    ...network.layers.map((layer) => layer.call.output),
  ]) {
    if (slot.offset + slot.bytes > program.arenaBytes)
      throw new Error(`"${slot.name}" lies outside the arena`);
  }
  if (network.arena === "own") {
    writer.writeLine(`${macro}_ARENA_ATTRIBUTES ${prefix}_arena_t ${prefix}_arena;`).blankLine();
  }
  const header = `${prefix}_h_is_of_this_network`;
  const sizes = [
    `${macro}_ARENA_BYTES == ${program.arenaBytes}`,
    `${macro}_INPUT_BYTES == ${portBytes(program.inputs)}`,
    `${macro}_OUTPUT_BYTES == ${portBytes(program.outputs)}`,
  ];
  const assertion = `${macro}_ASSERT(${header}, ${sizes.join(" && ")});`;
  writer.writeLine(wrapLine(assertion, 0)).blankLine();
}

/** The network itself: tables, specialised kernels, one function a layer, and the functions of the header. */
export function printSource(network: GeneratedNetwork, version: string): string {
  const { prefix } = network;
  const macro = prefix.toUpperCase();
  const writer = cWriter();
  writeComment(writer, provenance(network, version));
  const tableParameters = findTableParameters(network.functions.map(({ specialised }) => specialised));
  const slot = network.slots ? layOutSlot(network) : undefined;
  const space = tableParameters === undefined || slot ? "" : `${macro}_FLASH `;
  const context: Context = { macro, space, tableParameters };
  const called = new Set(network.functions.flatMap(({ specialised }) => [...specialised.arithmetic]));
  const hasSimd = namesOf("simd.h").some((name) => called.has(name));
  for (const part of printPrologue(network, { hasFlash: space !== "", hasSimd }))
    writer.writeLine(part).blankLine();
  writeArena(writer, network, macro);
  for (const text of printFunctions(arithmeticHeaders, called, prefix)) writer.writeLine(text).blankLine();
  if (slot) writer.writeLine(printTablesInSlot(network, slot)).blankLine();
  else
    for (const layer of network.layers) for (const table of layer.tables) writeTable(writer, table, context);
  const helpers = new Map<string, Helper>();
  for (const { specialised } of network.functions) {
    for (const helper of specialised.helpers) helpers.set(helper.nameInC, helper);
  }
  for (const helper of helpers.values()) writeHelper(writer, helper, context);
  for (const generated of network.functions) writeFunction(writer, generated, context);
  for (const layer of network.layers) writeLayer(writer, layer, network, slot);
  writer.writeLine(`void ${prefix}_run(${arenaParameter(network)[0] ?? "void"})`);
  writer.block(() => {
    for (const layer of network.layers)
      writer.writeLine(`${layer.name}(${network.arena === "shared" ? "arena" : ""});`);
  });
  writer.blankLine();
  writeRunLayer(writer, network);
  writer.blankLine();
  const reset = printReset(network);
  if (reset !== undefined) writer.writeLine(reset).blankLine();
  if (network.selfTest !== undefined)
    writer.writeLine(printSelfTest(network, network.selfTest, space, slot)).blankLine();
  const description = `${prefix}_description[${macro}_DESCRIPTION_BYTES]`;
  writer.writeLine(`${macro}_TABLES_ATTRIBUTES const uint8_t ${description} = {`);
  writeValues(writer, network.description);
  writer.writeLine("};");
  return writer.toString();
}
