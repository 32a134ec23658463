import { closeSync, fstatSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import type { Board } from "../board/board.js";
import { runTool } from "../board/runTool.js";
import { type Count, modelCycles, readBlocks } from "./blockCounts.js";
import { counterPlugin, escapeCommas } from "./counterPlugin.js";
import { type Listing, readListing } from "./listing.js";

/** Counts what an emulated board runs while its firmware measures. */
export interface CycleModel {
  /** Of the emulator that is to be counted. */
  readonly emulatorArguments: readonly string[];
  /** Where the image's functions begin and end. */
  readonly functions: Listing["functions"];
  /** What the firmware has measured since the last call, without what measuring takes. */
  takeCounts(): Count[];
  /** When the emulator has ended. */
  close(): void;
}

/** Cores whose pipeline the model is of. */
const modelledCores: readonly string[] = ["Cortex-M4", "Cortex-M4F"];

/**
 * Prepares to model the cycles of an image.
 *
 * @param wanted "instructions" for a core whose cycles are not modelled: what is counted as cycles means nothing
 * @throws UserError that says why cycles of this board or on this computer cannot be modelled
 */
export async function startCycleModel(
  board: Board,
  elf: string,
  wanted: "cycles" | "instructions" = "cycles",
): Promise<CycleModel> {
  if (wanted === "cycles" && !modelledCores.includes(board.core)) {
    throw new UserError(
      `there is no model of a ${board.core}'s pipeline`,
      `of ${modelledCores.join(" and ")} there is one`,
    );
  }
  const plugin = await counterPlugin(board.emulator);
  const listing = await disassemble(board, elf);
  const measure = findFunction(listing, "measure", elf);
  const ticks = findFunction(listing, "board_ticks", elf);
  const folder = makeTemporaryFolder();
  const path = join(folder, "counts.txt");
  closeSync(openSync(path, "w"));
  const file = openSync(path, "r");
  const takeSections = sectionReader(file);
  const hex = (address: number) => `0x${address.toString(16)}`;
  let empty: Count | undefined;
  return {
    emulatorArguments: [
      "-plugin",
      [
        escapeCommas(plugin),
        `measure=${hex(measure.start)}-${hex(measure.end)}`,
        `ticks=${hex(ticks.start)}`,
        `out=${escapeCommas(path)}`,
      ].join(","),
    ],
    functions: listing.functions,
    takeCounts: () => {
      const counts = takeSections().map((section) => modelCycles(listing, readBlocks(section)));
      empty ??= counts[0]; // the firmware begins with measuring nothing: firmware/inference.c, calibrate_counter
      return counts.map(({ instructions, cycles }) => ({
        instructions: instructions - empty!.instructions,
        cycles: cycles - empty!.cycles,
      }));
    },
    close: () => {
      closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function disassemble(board: Board, elf: string): Promise<Listing> {
  const objdump = board.compiler.replace(/gcc$/, "objdump");
  const { exitCode, stdout, stderr } = await runTool(objdump, ["-d", "--no-show-raw-insn", elf], {
    packageTool: board.compiler,
  });
  if (exitCode !== 0) throw new UserError(`${objdump} cannot read ${elf}:\n${stderr.trim()}`);
  return readListing(stdout);
}

function findFunction({ functions }: Listing, name: string, elf: string) {
  const found = functions.filter((one) => one.name === name);
  if (found.length === 1) return found[0]!;
  throw new UserError(
    `${elf} has ${found.length === 0 ? "no function" : `${found.length} functions`} ${name}, by which an inference is found`,
    "export the firmware again with this version of pinfer",
  );
}

/** Gives what has been written since the last call, up to the last line "end". */
function sectionReader(file: number): () => string[] {
  let position = 0;
  let rest = "";
  return () => {
    const bytes = Buffer.alloc(fstatSync(file).size - position);
    position += readSync(file, bytes, 0, bytes.length, position);
    const sections = (rest + bytes.toString("latin1")).split("end\n");
    rest = sections.pop()!;
    return sections;
  };
}
