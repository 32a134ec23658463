import { type PlanOptions, planProgram } from "../../src/plan/planProgram.js";
import { filesOf, mainOf } from "../embedding/networks.js";
import { runOn, targets } from "../embedding/targets.js";
import { compareOutput, emptyCheck, type GoldenCheck } from "./check.js";
import type { GoldenModel } from "./models.js";

/** An ATmega2560 less what a main program takes. */
const RAM_BYTES = 8192 - 512;
/** Inputs stand in the program, among the 64 KB of flash that a pointer reaches. */
const INPUT_BYTES = 8192;

function runProgramOnAvr(files: Readonly<Record<string, string>>): number[] {
  try {
    return runOn(targets.avr, files);
  } catch (error) {
    const { message } = error as Error;
    const [, bytes] = /region `text' overflowed by (\d+) bytes/.exec(message) ?? [];
    if (bytes !== undefined) throw new Error(`${bytes} B of flash are missing on an ATmega2560`);
    const [, table] = /size of array \W+(\w+)\W+ is too large/.exec(message) ?? [];
    throw table === undefined ? error : new Error(`${table} takes more B of flash than an AVR's arrays can`);
  }
}

/**
 * Compares whole runs on an AVR, whose int has 16 bits: no link, a program for every few vectors.
 *
 * @throws Error when the network does not fit, as of a board
 */
export function checkOnAvr(
  model: GoldenModel,
  vectors: readonly number[],
  options: PlanOptions = {},
  onVector?: (vectors: number) => void,
): GoldenCheck {
  const program = planProgram(model.network, options);
  const files = filesOf({ name: model.id, program, inputs: [] });
  if (program.arenaBytes > RAM_BYTES) {
    throw new Error(`the arena needs ${program.arenaBytes} B of RAM; an ATmega2560 has ${RAM_BYTES} for it`);
  }
  const check = emptyCheck();
  const together = Math.max(1, Math.floor(INPUT_BYTES / model.inputs[0]!.length));
  for (let start = 0; start < vectors.length; start += together) {
    const some = vectors.slice(start, start + together);
    const main = mainOf([{ name: model.id, program, inputs: some.map((vector) => model.inputs[vector]!) }]);
    const found = runProgramOnAvr({ ...files, "main.cpp": main });
    const outputBytes = model.outputs[0]!.length;
    for (const [index, vector] of some.entries()) {
      const output = Int8Array.from(found.slice(index * outputBytes, (index + 1) * outputBytes));
      compareOutput(check, model, vector, output);
      onVector?.(check.vectors);
    }
    if (found.length !== some.length * outputBytes) throw new Error(`${found.length} numbers were printed`);
  }
  return check;
}
