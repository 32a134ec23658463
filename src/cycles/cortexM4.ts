import { countRegisters, type Instruction, namedRegisters } from "./listing.js";

/** What a taken branch costs beside its own cycle, until the pipeline is filled again. */
export const refillCycles = 2;

const loads = new Set(["ldr", "ldrb", "ldrh", "ldrsb", "ldrsh"]);
const stores = new Set(["str", "strb", "strh"]);
const branches = new Set(["b", "bl", "bx", "blx", "cbz", "cbnz"]);
const doubles = new Set(["ldrd", "strd"]);
const multiples = new Set(["ldm", "ldmia", "ldmdb", "stm", "stmia", "stmdb", "push", "pop"]);
const floatMultiples = new Set(["vldm", "vldmia", "vstm", "vstmia", "vpush", "vpop"]);
/** What a load brings comes in another stage; ldmdb and stmdb move the register that they name first. */
const noArithmetic = new Set([
  ...[loads, stores, doubles, branches].flatMap((set) => [...set]),
  ...["ldm", "ldmia", "stm", "stmia", "push", "pop", "vldr", "vldmia"],
]);
/** They write no register of the core, whatever they name first. */
const writesNone = /^(cmp|cmn|tst|it|nop|vmov)/;

export function isBranch({ operation }: Instruction): boolean {
  return branches.has(operation);
}

/**
 * Cycles of an instruction on a Cortex-M4 or M4F whose memory never makes it wait, without `refillCycles`.
 *
 * Source: Arm DDI 0439B (Cortex-M4 technical reference manual) table 3-1 and §3.3.2, "load/store timings": a load is 2, or
 * 1 where it is pipelined behind another; a store 1, with a register offset 2; a multiple 1 + N; every multiplication,
 * 64-bit ones and those of packed numbers too, 1. A division is 2 to 12 there, and 7 here.
 *
 * @param previous the one that ran right before; undefined after a branch
 */
export function cyclesOf(instruction: Instruction, previous: Instruction | undefined): number {
  const { operation, operands, addressRegisters } = instruction;
  if (loads.has(operation)) {
    if (operands.startsWith("pc")) return 2 + refillCycles + stall(instruction, previous);
    const isPipelined = isLoad(previous) && !addressRegisters.includes(previous?.target ?? "");
    return (isPipelined ? 1 : 2) + stall(instruction, previous);
  }
  if (stores.has(operation)) {
    const isSlow = addressRegisters.length > 1 && !isLoad(previous);
    return (isSlow ? 2 : 1) + stall(instruction, previous);
  }
  if (doubles.has(operation)) return 3 + stall(instruction, previous);
  if (multiples.has(operation)) {
    const loadsCounter = /^(pop|ldm|ldmia)$/.test(operation) && /\{.*pc/.test(operands);
    return 1 + countRegisters(instruction) + stall(instruction, previous) + (loadsCounter ? refillCycles : 0);
  }
  if (floatMultiples.has(operation)) {
    return 1 + countRegisters(instruction) * (/\{d/.test(operands.replaceAll(" ", "")) ? 2 : 1);
  }
  if (operation === "vldr" || operation === "vstr") return operands.startsWith("s") ? 2 : 3;
  if (operation.startsWith("vmov")) return namedRegisters(operands).length >= 3 ? 2 : 1;
  if (operation === "sdiv" || operation === "udiv") return 7;
  if (operation === "tbb" || operation === "tbh") return 2 + refillCycles;
  return 1;
}

function isLoad(instruction: Instruction | undefined): boolean {
  return instruction !== undefined && loads.has(instruction.operation);
}

/** 1 when the address needs what the instruction before has just computed. */
function stall({ addressRegisters }: Instruction, previous: Instruction | undefined): number {
  if (previous?.target === undefined || !addressRegisters.includes(previous.target)) return 0;
  return computes(previous) ? 1 : 0;
}

function computes({ operation, name }: Instruction): boolean {
  return !noArithmetic.has(operation) && !writesNone.test(name);
}
