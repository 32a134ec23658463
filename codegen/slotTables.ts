import { hashOf } from "../src/network/networkHash.js";
import type { ArenaSlot } from "../src/program/program.js";
import type { GeneratedNetwork, GeneratedTable } from "./generatedNetwork.js";

/** What a header takes in a slot, and the structure's hash behind it. firmware/PROTOCOL.md, "Updates". */
export const slotHeaderBytes = 32;
const structureBytes = 32;
/** Names of a network or layer that was renamed may be longer. */
const roomForNames = 256;

/** A network's tables behind each other, and what all networks have in common whose tables may stand there. */
export interface SlotTables {
  /** Where each table begins: a multiple of four. */
  readonly offsets: ReadonlyMap<GeneratedTable, number>;
  /** Where the self-test's words are, its shift and then its checksums, since other weights have others. */
  readonly selfTestOffset: number;
  readonly bytes: Uint8Array;
  /** SHA-256 of everything that the code around the tables depends on, as 64 lower-case hexadecimal digits. */
  readonly structure: string;
  /** Whole pages that hold these tables with their description. */
  readonly slotBytes: number;
}

export function layOutSlot(network: GeneratedNetwork): SlotTables {
  const tables = network.layers.flatMap((layer) => layer.tables);
  const offsets = new Map<GeneratedTable, number>();
  let end = 0;
  for (const table of tables) {
    offsets.set(table, end);
    end += 4 * Math.ceil(table.values.byteLength / 4);
  }
  const selfTestOffset = end;
  const selfTest = network.selfTest ? [network.selfTest.shift, ...network.selfTest.checksums] : [];
  end += 4 * selfTest.length;
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of selfTest.entries()) view.setUint32(selfTestOffset + 4 * i, word, true);
  for (const [table, offset] of offsets) {
    const { buffer, byteOffset, byteLength } = table.values;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), offset);
  }
  const content = structureBytes + end + network.description.length + roomForNames;
  const pages = Math.ceil((slotHeaderBytes + content) / network.slotPageBytes);
  const slotBytes = pages * network.slotPageBytes;
  return { offsets, selfTestOffset, bytes, structure: structureOf(network), slotBytes };
}

/** Kernels with their numbers that are no values, lengths of tables, and the arena. */
function structureOf({ program, layers, selfTest }: GeneratedNetwork): string {
  const { inputs, outputs, arenaBytes } = program;
  const slot = ({ offset, shape, elementType }: ArenaSlot) => ({ offset, shape, elementType });
  return hashOf({
    arenaBytes,
    inputs: inputs.map(slot),
    outputs: outputs.map(slot),
    layers: layers.map(({ call, tables }) => ({
      kernel: call.kernel,
      inputs: call.inputs.map(slot),
      output: slot(call.output),
      scratch: call.scratch.map(({ offset, elements, elementType }) => ({ offset, elements, elementType })),
      numbers: Object.fromEntries(
        Object.entries(call.layer).filter(([, value]) => typeof value === "number"),
      ),
      tables: tables.map(({ values }) => [values.constructor.name, values.length]),
    })),
    selfTest: selfTest?.checksums.length ?? 0,
  });
}

/** What travels to a device, behind the header that it writes by itself: structure, tables, description. */
export function slotContent(network: GeneratedNetwork): Uint8Array {
  const { structure, bytes } = layOutSlot(network);
  return Uint8Array.from([...Buffer.from(structure, "hex"), ...bytes, ...network.description]);
}
