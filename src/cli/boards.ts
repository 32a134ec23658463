import type { Command } from "commander";
import type { Board } from "../board/board.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { describeWays } from "./flashWays.js";

export function register(program: Command): void {
  const command = program
    .command("boards")
    .description("list the boards that firmware is made for")
    .option("--board <board>", "only this one; the folder of your own, ./boards/mine, is checked")
    .option("--json", "print JSON", false)
    .action(async ({ json, board }: { json: boolean; board?: string }) => {
      const { boards: all, findBoard, slotPageBytes } = await import("../board/boards.js");
      const boards = board === undefined ? all : [findBoard(board)];
      if (json) printJson({ boards: boards.map((one) => toJson(one, slotPageBytes(one))) });
      else printText(await render(boards));
    });
  addExamples(command, ["pinfer boards", "pinfer boards --json", "pinfer boards --board ./boards/mine"]);
}

/** What users choose a board by; files and flags of the build stay inside. */
function toJson(board: Board, slotPageBytes: number | undefined): object {
  const { id, title, mcu, core, flashBytes, ramBytes, clockHz, emulatorMachines, notes, pins } = board;
  const [checked, seenOnHardware] = [howChecked(board), board.seenOnHardware ?? null];
  return {
    ...{
      id,
      title,
      mcu,
      core,
      flashBytes,
      ramBytes,
      clockHz,
      checked,
      emulatorMachines,
      seenOnHardware,
      flashedBy: board.flashedBy ?? null,
      slotPageBytes: slotPageBytes ?? null,
      notes,
    },
    pins: {
      ...{ all: pins.names, led: pins.led?.pin ?? null, button: pins.button?.pin ?? null },
      taken: Object.fromEntries(pins.taken),
      analog: [...pins.analog.keys()],
    },
  };
}

/** What the tests do with its firmware: all of them compile it, and start it on a model of the chip's registers. */
function howChecked({ flashBytes, emulatorMachines }: Board): "run" | "emulated" | "compiled" {
  return flashBytes === 0 ? "run" : emulatorMachines.length > 0 ? "emulated" : "compiled";
}

/** "pins: PA0-15, PB0-15, PD2; LED PC12, BUTTON PA0", and what is taken. */
function describePins({ names, taken, led, button }: Board["pins"]): string[] {
  const parts = [led && `LED ${led.pin}`, button && `BUTTON ${button.pin}`].filter(
    (part) => part !== undefined,
  );
  const takenPins = [...taken].map(([pin, by]) => `${pin} (${by})`).join(", ");
  if (names.length === 0) return [];
  return [
    [`pins: ${inRanges(names)}`, ...(parts.length > 0 ? [parts.join(", ")] : [])].join("; "),
    ...(takenPins === "" ? [] : [`taken: ${takenPins}`]),
  ];
}

/** Names in the order of ports and numbers, as "PA0-15, PD2". */
function inRanges(names: readonly string[]): string {
  const ranges: { port: string; first: number; last: number }[] = [];
  for (const name of names) {
    const [port, number] = [name.slice(0, 2), Number(name.slice(2))];
    const latest = ranges.at(-1);
    if (latest?.port === port && latest.last === number - 1) latest.last = number;
    else ranges.push({ port, first: number, last: number });
  }
  return ranges
    .map(({ port, first, last }) => (first === last ? `${port}${first}` : `${port}${first}-${last}`))
    .join(", ");
}

/** Where a device can be updated without flashing it. */
function describeSlots(slotPageBytes: number | undefined): string[] {
  if (slotPageBytes === undefined) return [];
  return [`updates: two slots of flash, each of whole ${slotPageBytes / 1024} KB`];
}

async function render(boards: readonly Board[]): Promise<string> {
  const [{ renderTable, indent }, { nameEmulator }, { slotPageBytes }] = await Promise.all([
    import("../base/table.js"),
    import("../board/emulator.js"),
    import("../board/boards.js"),
  ]);
  const kibibytes = (bytes: number): string => (bytes === 0 ? "" : `${bytes / 1024} KB`);
  const table = renderTable(
    [
      { title: "board", align: "left" },
      { title: "what it is", align: "left" },
      { title: "chip", align: "left" },
      { title: "core", align: "left" },
      { title: "flash", align: "right" },
      { title: "RAM", align: "right" },
      { title: "checked", align: "left" },
      { title: "on hardware", align: "left" },
      { title: "emulators", align: "left" },
    ],
    boards.map((board) => [
      ...[
        board.id,
        board.title,
        board.mcu,
        board.core,
        kibibytes(board.flashBytes),
        kibibytes(board.ramBytes),
      ],
      howChecked(board),
      board.limits === undefined ? "" : (board.seenOnHardware ?? "not yet"), // what is hardware has limits
      [...new Set(board.emulatorMachines.map((machine) => nameEmulator(board, machine)))].join(", "),
    ]),
  );
  const notes = boards.map((board) => {
    const { notes, pins, flashedBy } = board;
    const flashed = flashedBy ? [`flashed ${describeWays(flashedBy)}`] : [];
    const lines = [...notes, ...flashed, ...describeSlots(slotPageBytes(board)), ...describePins(pins)];
    return `${board.id}:\n${indent(lines.join("\n"))}`;
  });
  return [table, ...notes].join("\n\n");
}
