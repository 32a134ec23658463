import type CodeBlockWriter from "code-block-writer";
import type { GeneratedNetwork } from "./generatedNetwork.js";
import { stringLiteral } from "./names.js";
import { describeNetwork } from "./networkFacts.js";
import { cWriter } from "./printC.js";
import { provenance, writeComment } from "./printComment.js";
import { printExample } from "./printExample.js";
import { printPortFunctions } from "./printPortFunctions.js";
import { writePorts } from "./printPorts.js";
import { printPush } from "./printPush.js";
import { printSelfTestDeclaration } from "./printSelfTest.js";
import { arenaParameter } from "./printSlots.js";
import { printStateDeclarations } from "./printStates.js";
import { printSlotDeclarations } from "./printTablesInSlot.js";
import { printValueDeclarations, printValueDefinitions } from "./printValues.js";
import { layOutSlot } from "./slotTables.js";

function writeArena(writer: CodeBlockWriter, { prefix, arena, inputs, outputs }: GeneratedNetwork): void {
  const between = `${prefix}_${inputs[0]!.stem} and ${prefix}_${outputs[0]!.stem}`;
  const size = `${prefix.toUpperCase()}_ARENA_BYTES`;
  writer.writeLine("/* All activations, aligned as words are. */");
  writer.writeLine("typedef union {");
  writer.indent(() => {
    writer.writeLine(`int8_t bytes[${size}];`);
    writer.writeLine(`int32_t words[(${size} + 3) / 4];`);
  });
  writer.writeLine(`} ${prefix}_arena_t;`).blankLine();
  if (arena === "own") {
    writer.writeLine(`/* The network's own. Nothing else may write to it between ${between}. */`);
    writer.writeLine(`extern ${prefix}_arena_t ${prefix}_arena;`).blankLine();
    return;
  }
  writeComment(writer, [
    `The caller has the arena, and nothing else may write to it between ${between}. Networks`,
    "that take turns share one: a union of their types is large enough for each,",
    `static union { ${prefix}_arena_t ${prefix}; other_arena_t other; } arena;`,
    "and networks that run at the same time have one each: a run writes to nothing else.",
  ]);
  writer.blankLine();
}

/** The header: sizes as macros, and the functions and objects that others use. */
export function printHeader(network: GeneratedNetwork, version: string): string {
  const { prefix } = network;
  const macro = prefix.toUpperCase();
  const facts = describeNetwork(network, version);
  const writer = cWriter();
  const parameters = (isRead: boolean, ...more: string[]) =>
    [...arenaParameter(network, isRead), ...more].join(", ") || "void";
  writeComment(writer, provenance(network, version));
  writeComment(writer, [
    "For example:",
    "",
    ...printExample(network, facts).map((line) => (line === "" ? "" : `    ${line}`)),
  ]);
  writer.writeLine(`#ifndef ${macro}_H`).writeLine(`#define ${macro}_H`).blankLine();
  writer.writeLine("#include <stdint.h>");
  writer.writeLine("#if !defined(__GNUC__)").writeLine("#include <string.h>").writeLine("#endif").blankLine();
  writer.writeLine("#ifdef __cplusplus").writeLine('extern "C" {').writeLine("#endif").blankLine();
  writer.writeLine("/* Its name, the SHA-256 of its numbers, and the pinfer that wrote this. */");
  writer.writeLine(`#define ${macro}_NAME ${stringLiteral(facts.name)}`);
  writer.writeLine(`#define ${macro}_HASH "${facts.hash}"`);
  writer.writeLine(`#define ${macro}_PINFER_VERSION ${stringLiteral(facts.version)}`).blankLine();
  writePorts(writer, prefix, facts);
  writer.writeLine(`#define ${macro}_ARENA_BYTES ${facts.arenaBytes}`);
  writer.writeLine(`#define ${macro}_STACK_BYTES ${facts.stackBytes}`);
  writer.writeLine(`#define ${macro}_DESCRIPTION_BYTES ${network.description.length}`);
  writer.writeLine(`#define ${macro}_LAYER_COUNT ${network.layers.length}`).blankLine();
  writeArena(writer, network);
  if (network.slots) writer.writeLine(printSlotDeclarations(network, layOutSlot(network))).blankLine();
  writer.writeLine("/* What pinfer's firmware tells of the network: hash, name, tensors, layers. */");
  writer.writeLine(`extern const uint8_t ${prefix}_description[${macro}_DESCRIPTION_BYTES];`).blankLine();
  for (const part of printPortFunctions(network)) writer.writeLine(part).blankLine();
  writeComment(writer, [
    `Runs all layers. It takes at most ${macro}_STACK_BYTES of stack (measured on a Cortex-M4 with gcc 12, whatever the`,
    "project's flags; other compilers and chips differ) and no heap.",
    ...(network.arena === "shared"
      ? [
          `It may run at any number of places at once, each with an arena of its own; what else has an arena as its`,
          `argument is as re-entrant, and the other functions here touch nothing but their arguments.`,
        ]
      : [
          `Not re-entrant: the input, a run, the output, ${prefix}_${facts.hasSeveral && !facts.hasClasses ? "run_layer" : "class"}${network.selfTest ? ` and ${prefix}_self_test` : ""} use one arena, so one thread or`,
          "interrupt at a time. The other functions touch nothing but their arguments: call them anywhere.",
        ]),
  ]);
  writer.writeLine(`void ${prefix}_run(${parameters(false)});`).blankLine();
  for (const part of [...printStateDeclarations(network), ...printPush(network)])
    writer.writeLine(part).blankLine();
  writeComment(writer, [
    "Runs one layer on the arena as it is and returns its output of *size bytes; 0 and *size 0 for a layer",
    `outside 0 .. ${macro}_LAYER_COUNT - 1.`,
  ]);
  writer.writeLine(
    `const int8_t *${prefix}_run_layer(${parameters(false, "int32_t layer", "uint32_t *size")});`,
  );
  writer.blankLine();
  if (network.selfTest !== undefined) writer.writeLine(printSelfTestDeclaration(network)).blankLine();
  for (const part of [...printValueDeclarations(network, facts), ...printValueDefinitions(network, facts)])
    writer.writeLine(part).blankLine();
  writer.writeLine("#ifdef __cplusplus").writeLine("}").writeLine("#endif").blankLine();
  writer.writeLine("#endif");
  return writer.toString();
}
