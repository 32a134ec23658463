import { UserError } from "../base/errors.js";
import type { Fault } from "./messages.js";

const EXCEPTIONS: ReadonlyMap<number, string> = new Map([
  [2, "NMI"],
  [3, "hard fault"],
  [4, "memory management fault"],
  [5, "bus fault"],
  [6, "usage fault"],
  // of a RISC-V: 256 + mcause; source: the privileged specification 1.11, table 3.6
  [256, "misaligned jump"],
  [257, "jump to no code"],
  [258, "bad instruction"],
  [259, "breakpoint"],
  [260, "misaligned load"],
  [261, "load from no memory"],
  [262, "misaligned store"],
  [263, "store to no memory"],
]);
const FIRST_OF_RISCV = 256;

/** Bits of CFSR. Source: Armv7-M manual B3.2.15. */
const CAUSES: readonly (readonly [bit: number, cause: string])[] = [
  [0, "code may not run there"],
  [1, "data may not be accessed there"],
  [4, "stack overflow"],
  [8, "no code at that address"],
  [9, "bad address {bfar}"],
  [10, "bad address"],
  [12, "stack overflow"],
  [16, "undefined instruction"],
  [17, "invalid state"],
  [18, "invalid return"],
  [19, "no coprocessor"],
  [24, "unaligned access"],
  [25, "division by zero"],
];

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

/** What a user reads of a fault report. `elf` is named in the command that finds the line of source. */
export function faultError(deviceName: string, fault: Fault, elf: string | undefined): UserError {
  const exception = EXCEPTIONS.get(fault.exception) ?? `unexpected exception ${fault.exception}`;
  const causes = CAUSES.filter(([bit]) => (fault.cfsr >>> bit) & 1).map(([, cause]) =>
    cause.replace("{bfar}", hex(fault.bfar)),
  );
  const where = fault.pc === 0 ? "at an unknown place" : `at pc ${hex(fault.pc)}, lr ${hex(fault.lr)}`;
  const because = causes.length === 0 ? "" : ` (${causes.join(", ")})`;
  const tool = fault.exception < FIRST_OF_RISCV ? "arm-none-eabi" : "riscv64-unknown-elf";
  return new UserError(
    `the program on ${deviceName} stopped with a ${exception}${because} ${where}; ` +
      `CFSR ${hex(fault.cfsr)}, HFSR ${hex(fault.hfsr)}; it has started anew`,
    fault.pc === 0
      ? "the stack ran over; the board's linker script sets its size"
      : `${tool}-addr2line -f -e ${elf ?? "FIRMWARE.elf"} ${hex(fault.pc)} ${hex(fault.lr)} tells the lines`,
  );
}
