import type { Command } from "commander";
import type { Board } from "../board/boards.js";
import { addExamples, printJson, printText } from "./commandLine.js";

export function register(program: Command): void {
  const command = program
    .command("boards")
    .description("list the boards that firmware is made for")
    .option("--json", "print JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const { boards } = await import("../board/boards.js");
      if (json) printJson({ boards: boards.map(toJson) });
      else printText(await render(boards));
    });
  addExamples(command, ["pinfer boards", "pinfer boards --json"]);
}

/** What users choose a board by; files and flags of the build stay inside. */
function toJson(board: Board): object {
  const { id, title, mcu, core, flashBytes, ramBytes, clockHz, emulatorMachines, notes } = board;
  return { id, title, mcu, core, flashBytes, ramBytes, clockHz, emulatorMachines, notes };
}

async function render(boards: readonly Board[]): Promise<string> {
  const { renderTable, indent } = await import("../table.js");
  const kibibytes = (bytes: number): string => (bytes === 0 ? "" : `${bytes / 1024} KB`);
  const table = renderTable(
    [
      { title: "board", align: "left" },
      { title: "what it is", align: "left" },
      { title: "chip", align: "left" },
      { title: "core", align: "left" },
      { title: "flash", align: "right" },
      { title: "RAM", align: "right" },
      { title: "QEMU machines", align: "left" },
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
      board.emulatorMachines.join(", "),
    ]),
  );
  const notes = boards.map(({ id, notes }) => `${id}:\n${indent(notes.join("\n"))}`);
  return [table, ...notes].join("\n\n");
}
