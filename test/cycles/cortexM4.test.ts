import { describe, expect, it } from "vitest";
import { modelCycles, readBlocks } from "../../src/cycles/blockCounts.js";
import { cyclesOf } from "../../src/cycles/cortexM4.js";
import { readListing } from "../../src/cycles/listing.js";

/** What each line of a listing costs, each behind the one before. */
function costs(...lines: string[]): number[] {
  const { instructions } = readListing(
    lines.map((line, i) => `${(2 * i).toString(16)}:\t${line}`).join("\n"),
  );
  return instructions.map((instruction, i) => cyclesOf(instruction, instructions[i - 1]));
}

describe("cycles of a Cortex-M4", () => {
  it.each([
    ["ldr\tr0, [r1, #4]", 2],
    ["ldrsb.w\tr0, [r1, r2]", 2],
    ["ldr\tr3, [pc, #20]\t; (8000130 <x+0x20>)", 2],
    ["ldr.w\tpc, [r3]", 4],
    ["str\tr0, [r1, #4]", 1],
    ["strb\tr0, [r1, r2]", 2],
    ["ldrd\tr0, r1, [r2]", 3],
    ["strd\tr0, r1, [r2], #8", 3],
    ["ldmia.w\tr0!, {r1, r2, r3, r4}", 5],
    ["push\t{r4, r5, lr}", 4],
    ["stmdb\tsp!, {r4-r8, sl-fp, lr}", 9],
    ["pop\t{r4, pc}", 5],
    ["popne\t{r4, r5}", 3],
    ["vldr\ts0, [r0]", 2],
    ["vldr\td0, [r0]", 3],
    ["vpush\t{d8-d9}", 5],
    ["vmov\tr0, r1, d0", 2],
    ["vmov\ts0, r1", 1],
    ["mla\tr0, r1, r2, r3", 1],
    ["smlal\tr0, r1, r2, r3", 1],
    ["smlad\tr0, r1, r2, r3", 1],
    ["sdiv\tr0, r1, r2", 7],
    ["tbb\t[pc, r3]", 4],
    ["bne.n\t8000100 <f>", 1],
    ["bls.n\t8000100 <f>", 1],
    ["bl\t8000100 <f>", 1],
    ["bics\tr0, r1", 1],
  ])("%s takes %i", (line, cycles) => {
    expect(costs(line)).toEqual([cycles]);
  });

  it("pipelines a load behind a load, unless its address comes from there", () => {
    expect(costs("ldr r0, [r1]", "ldrb r2, [r1, #4]", "ldr r3, [r2]")).toEqual([2, 1, 2]);
    expect(costs("ldr r0, [r1]", "strb r0, [r1, r2]")).toEqual([2, 1]);
  });

  it("waits a cycle for an address that was computed right before, not for one that was compared", () => {
    expect(costs("add.w r1, r1, #4", "ldr r0, [r1]", "cmp r1, #3", "str r0, [r1]")).toEqual([1, 3, 1, 1]);
    expect(costs("adds r0, #8", "ldmia r0!, {r1, r2}")).toEqual([1, 4]);
  });
});

describe("cycles of blocks", () => {
  const listing = readListing(`
08000100 <measure>:
 8000100:\tpush\t{r4, lr}
 8000102:\tldr\tr0, [r1]

08000104 <loop>:
 8000104:\tldr\tr2, [r1, #4]
 8000106:\tbne.n\t8000104 <loop>
 8000108:\tbx\tlr
`);

  it("are their runs times what they take, and two for each branch that was taken", () => {
    // push 3, ldr 2; then four times ldr 2, bne 1, three of them taken; bx 1, taken
    expect(modelCycles(listing, readBlocks("8000100 2 1 0 1\n8000104 2 4 0 3\n8000108 1 1 1 1\n"))).toEqual({
      instructions: 11,
      cycles: 5 + 4 * 3 + 3 * 2 + 1 + 2,
    });
  });

  it("do not depend on where the emulator cuts a block", () => {
    const whole = modelCycles(listing, readBlocks("8000100 4 5 0 0\n"));
    expect(modelCycles(listing, readBlocks("8000100 2 5 0 0\n8000104 2 5 5 0\n"))).toEqual(whole);
    expect(modelCycles(listing, readBlocks("8000100 4 3 0 0\n8000100 3 2 0 0\n8000106 1 2 2 0\n"))).toEqual(
      whole,
    );
  });

  it("are refused where code ran that the listing has not", () => {
    expect(() => modelCycles(listing, readBlocks("20000000 1 1 0 0\n"))).toThrow(
      "the image has no instruction at 0x20000000, where a block ran",
    );
  });

  it("knows where functions begin and end", () => {
    expect(listing.functions).toEqual([
      { name: "measure", start: 0x8000100, end: 0x8000103 },
      { name: "loop", start: 0x8000104, end: 0x8000109 },
    ]);
  });
});
