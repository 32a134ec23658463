import type CodeBlockWriter from "code-block-writer";
import type { Quantization } from "../src/network/quantizedNetwork.js";
import { commentText, stringLiteral } from "./names.js";
import type { NetworkFacts, PortFacts } from "./networkFacts.js";
import { writeComment } from "./printComment.js";
import { shapeText } from "./printSlots.js";

const lineWidth = 110;

/** A float32 value as a C constant that reads back to the same bits. */
function floatConstant(value: number): string {
  const text = value.toPrecision(9);
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

function integerConstant(value: number): string {
  if (value === -(2 ** 31)) return "(-2147483647 - 1)";
  return value < 0 ? `(${value})` : String(value);
}

/** Values of an initializer with a comma behind each, over as many lines as they need. */
function linesOf(values: readonly string[]): string[] {
  const lines: string[] = [];
  for (const value of values) {
    const last = lines.at(-1);
    if (last === undefined || last.length + value.length + 9 > lineWidth) lines.push(`${value},`);
    else lines[lines.length - 1] = `${last} ${value},`;
  }
  return lines;
}

/** A list of values as a macro. */
function defineList(writer: CodeBlockWriter, macro: string, values: readonly string[]): void {
  const whole = `#define ${macro} { ${values.join(", ")} }`;
  if (whole.length <= lineWidth) {
    writer.writeLine(whole);
    return;
  }
  writer.writeLine(`#define ${macro} { \\`);
  for (const line of linesOf(values)) writer.writeLine(`    ${line} \\`);
  writer.writeLine("}");
}

/** A list of values as a definition in a function: "    static const int32_t zero_points[3] = { 0, 1, 2 };" */
export function printList(head: string, values: readonly string[]): string {
  const whole = `${head} = { ${values.join(", ")} };`;
  if (whole.length <= lineWidth) return whole;
  return [`${head} = {`, ...linesOf(values).map((line) => `        ${line}`), "    };"].join("\n");
}

/** Names in their order, one a line with its index. */
function defineNames(writer: CodeBlockWriter, macro: string, names: readonly string[]): void {
  writer.writeLine(`#define ${macro} { \\`);
  writer.indent(() => {
    for (const [index, name] of names.entries())
      writer.writeLine(`/* ${index} */ ${stringLiteral(name)}, \\`);
  });
  writer.writeLine("}");
}

/** How integers stand for real values. */
function writeQuantization(writer: CodeBlockWriter, stem: string, { quantizations }: PortFacts): void {
  if (quantizations.length === 1) {
    const [{ scale, zeroPoint }] = quantizations as [Quantization];
    writer.writeLine(`#define ${stem}_SCALE ${floatConstant(scale)}`);
    writer.writeLine(`#define ${stem}_ZERO_POINT ${integerConstant(zeroPoint)}`);
    return;
  }
  defineList(
    writer,
    `${stem}_SCALES`,
    quantizations.map(({ scale }) => floatConstant(scale)),
  );
  defineList(
    writer,
    `${stem}_ZERO_POINTS`,
    quantizations.map(({ zeroPoint }) => integerConstant(zeroPoint)),
  );
}

function describePort(what: string, stem: string, facts: PortFacts): string[] {
  const { slot, quantizations } = facts;
  const isOwn = quantizations.length > 1;
  return [
    `${what}: ${shapeText(slot)}, rows behind each other. real value = scale * (value - zero point)${isOwn ? ", each column's own:" : ""}`,
    ...(isOwn
      ? [
          `static const float scales[${stem}_COLUMNS] = ${stem}_SCALES;`,
          `static const int32_t zero_points[${stem}_COLUMNS] = ${stem}_ZERO_POINTS;`,
        ]
      : []),
    ...(slot.axes === undefined
      ? []
      : [
          `The model's own users have the axes in another order: theirs are these, [${slot.axes.join(", ")}].`,
        ]),
    ...(slot.border === "uint8" ? [`The model's own users have unsigned bytes: value = byte - 128.`] : []),
  ];
}

/** Shape, type, counts and quantization of an input or output as macros: "GESTURE_INPUT_ELEMENTS". */
function writePort(
  writer: CodeBlockWriter,
  prefix: string,
  what: "input" | "output",
  facts: PortFacts,
): void {
  const { slot, elements, columns } = facts;
  const stem = `${prefix}_${facts.stem}`.toUpperCase();
  const title = what === "input" ? "Input" : "Output";
  const name = facts.stem === what ? "" : ` ${commentText(slot.name)}`;
  writeComment(writer, describePort(`${title}${name}`, stem, facts));
  writer.writeLine(`typedef ${slot.elementType}_t ${prefix}_${facts.stem}_t;`);
  defineList(writer, `${stem}_SHAPE`, slot.shape.map(String));
  writer.writeLine(`#define ${stem}_RANK ${slot.shape.length}`);
  writer.writeLine(`#define ${stem}_ELEMENTS ${elements}`);
  writer.writeLine(`#define ${stem}_BYTES ${slot.bytes}`);
  writer.writeLine(`#define ${stem}_COLUMNS ${columns}`);
  writeQuantization(writer, stem, facts);
}

/** The macros of a network's header that tell what goes in and what comes out. */
export function writePorts(
  writer: CodeBlockWriter,
  prefix: string,
  { inputs, outputs, hasSeveral, hasClasses, threshold }: NetworkFacts,
): void {
  const macro = prefix.toUpperCase();
  const stemOf = ({ stem }: PortFacts) => `${prefix}_${stem}`.toUpperCase();
  for (const input of inputs) {
    writePort(writer, prefix, "input", input);
    if (input.labels.length > 0) defineNames(writer, `${stemOf(input)}_COLUMN_NAMES`, input.labels);
    writer.blankLine();
  }
  for (const output of outputs) {
    writePort(writer, prefix, "output", output);
    if (hasClasses) writer.writeLine(`#define ${macro}_CLASS_COUNT ${output.elements}`);
    if (threshold !== undefined) writer.writeLine(`#define ${macro}_THRESHOLD ${threshold}`);
    const names = outputs.length === 1 ? `${macro}_CLASS_NAMES` : `${stemOf(output)}_NAMES`;
    if (output.labels.length > 0) defineNames(writer, names, output.labels);
    writer.blankLine();
  }
  if (hasSeveral) writeCounts(writer, macro, { inputs, outputs });
}

/** How many there are, and what all of them take; a side with one has its bytes among its own macros. */
function writeCounts(
  writer: CodeBlockWriter,
  macro: string,
  sides: Record<"inputs" | "outputs", readonly PortFacts[]>,
): void {
  writer.writeLine("/* Of all together, in the order in which they stand here. */");
  for (const [what, ports] of [
    ["INPUT", sides.inputs],
    ["OUTPUT", sides.outputs],
  ] as const) {
    const bytes = ports.reduce((sum, { slot }) => sum + slot.bytes, 0);
    writer.writeLine(`#define ${macro}_${what}_COUNT ${ports.length}`);
    if (ports.length > 1) writer.writeLine(`#define ${macro}_${what}_BYTES ${bytes}`);
  }
  writer.blankLine();
}
