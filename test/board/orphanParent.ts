// Starts a virtual board, says so, and waits to be ended; a program of its own for virtualBoard.test.ts.
import { findBoard } from "../../src/board/boards.js";
import { startVirtualBoard } from "../../src/board/virtualBoard.js";

const virtual = await startVirtualBoard({ elf: process.argv[2]!, board: findBoard("olimex-stm32-h405") });
process.stdin.setEncoding("utf8").on("data", (word) => {
  if (String(word) === "exit") process.exit(0);
  throw new Error("crash, as the test wants it");
});
console.log(virtual.portPath);
