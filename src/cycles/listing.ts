/** One line of a disassembly. */
export interface Instruction {
  readonly address: number;
  /** The function that it stands in. */
  readonly symbol: string;
  /** As it is printed, with width and condition: "ldrne.w". */
  readonly name: string;
  /** Without both: "ldr"; "b" for every conditional branch. */
  readonly operation: string;
  /** "r0, [r3, #4]" */
  readonly operands: string;
  /** The register that is named first; undefined where the operands begin with none. */
  readonly target: string | undefined;
  /** Registers that an address is made of. */
  readonly addressRegisters: readonly string[];
}

/** The instructions of an image, in the order of their addresses, and where each one stands. */
export interface Listing {
  readonly instructions: readonly Instruction[];
  readonly positions: ReadonlyMap<number, number>;
  /** Where functions begin, each with the end of it: none twice, names may be. */
  readonly functions: readonly { readonly name: string; readonly start: number; readonly end: number }[];
}

const conditions = "eq|ne|cs|cc|hs|lo|mi|pl|vs|vc|hi|ls|ge|lt|gt|le";
/** Operations that cost another number of cycles than one, longer names first; `classify` keeps all others as they are. */
const operations =
  "ldrsb|ldrsh|ldrd|ldrb|ldrh|ldr|strd|strb|strh|str|ldmia|ldmdb|ldm|stmia|stmdb|stm|push|pop|vldmia|vldm|vstmia|vstm|vldr|vstr|vpush|vpop|tbb|tbh|sdiv|udiv|cbz|cbnz|blx|bl|bx|b";
const known = new RegExp(`^(${operations})(?:${conditions})?$`);
const register = "(?:r\\d+|sp|lr|pc|ip|fp|sl|[sd]\\d+)\\b";
const firstRegister = new RegExp(`^${register}`);
const anyRegister = new RegExp(`\\b${register}`, "g");

/** Reads what `objdump -d --no-show-raw-insn` prints of an Arm image. */
export function readListing(text: string): Listing {
  const instructions: Instruction[] = [];
  const functions: { name: string; start: number; end: number }[] = [];
  for (const line of text.split("\n")) {
    const [, start, name] = /^([0-9a-f]+) <(.*)>:/.exec(line) ?? [];
    if (start !== undefined) functions.push({ name: name!, start: Number.parseInt(start, 16), end: 0 });
    const [, address, operation, operands] = /^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    if (address === undefined) continue;
    const symbol = functions.at(-1);
    if (symbol !== undefined) symbol.end = Number.parseInt(address, 16) + 1;
    instructions.push(
      classify(
        Number.parseInt(address, 16),
        symbol?.name ?? "",
        operation!,
        operands!.split(/[;@]/)[0]!.trim(),
      ),
    );
  }
  const positions = new Map(instructions.map(({ address }, position) => [address, position]));
  return { instructions, positions, functions };
}

function classify(address: number, symbol: string, name: string, operands: string): Instruction {
  const plain = name.split(".")[0]!;
  const operation = known.exec(plain)?.[1] ?? plain;
  const target = firstRegister.exec(operands)?.[0];
  const inBrackets = /\[([^\]]*)\]/.exec(operands)?.[1];
  const isMultiple = /^(ldm|stm)/.test(operation);
  const addressRegisters = isMultiple ? [target!] : namedRegisters(inBrackets ?? "");
  return { address, symbol, name, operation, operands, target, addressRegisters };
}

export function namedRegisters(operands: string): string[] {
  return operands.match(anyRegister) ?? [];
}

/** How many registers a list has: 4 for "{r4, r6-r7, pc}". */
export function countRegisters({ operands }: Instruction): number {
  const numbers: Readonly<Record<string, number>> = { sl: 10, fp: 11, ip: 12, sp: 13, lr: 14, pc: 15 };
  const numberOf = (name: string) => numbers[name] ?? Number(name.slice(1));
  const list = /\{(.*?)\}/.exec(operands)![1]!.split(",");
  return list.reduce((sum, part) => {
    const [first, last] = part.trim().split("-");
    return sum + (last === undefined ? 1 : numberOf(last) - numberOf(first!) + 1);
  }, 0);
}
