import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findBoard } from "../../src/board/boards.js";
import { targetFlags } from "../../src/board/compile.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { runTool } from "../../src/board/runTool.js";

/** Stores of a function, in the compiler's order: "strb r3, [r2, #256]". */
async function storesOf(board: string, name: string): Promise<string[]> {
  const { stdout } = await runTool("arm-none-eabi-gcc", [
    ...["-std=c11", "-Os", "-S", "-o", "-", ...targetFlags(findBoard(board), firmwareDirectory)],
    join(firmwareDirectory, "stm32/uart.c"),
  ]);
  const body = stdout.split(`\n${name}:\n`)[1]!.split(`\t.size\t${name}`)[0]!;
  return [...body.matchAll(/^\tstrb\t(.*)$/gm)].map(([, store]) => store!);
}

describe.each(["olimex-stm32-h405", "nucleo-g0b1re"])("the transmit ring of %s", (board) => {
  // An interrupt between the two would send what the ring held before. QEMU has none there, so only the code can show it.
  it("has the byte before the index that tells of it", async () => {
    const stores = (await storesOf(board, "board_send")).slice(-2);
    expect(stores).toEqual([
      expect.stringMatching(/^r\d+, \[r\d+, r\d+\]$/),
      expect.stringMatching(/^r\d+, \[r\d+, #\d+\]$/),
    ]);
  });
});
