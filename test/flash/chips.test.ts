import { describe, expect, it } from "vitest";
import { boards } from "../../src/board/boards.js";
import { chips, findChip, pageName } from "../../src/flash/chips.js";

describe.each(chips.map((chip) => [chip.name, chip] as const))("%s", (_, chip) => {
  it("has flash that its pages fill without a gap, under numbers that differ", () => {
    for (const pages of [chip.pages, chip.bankOption?.pagesOfOneBank ?? chip.pages]) {
      let address = chip.flashAddress;
      for (const page of pages) {
        expect(page.address).toBe(address);
        address += page.bytes;
      }
      expect(address).toBe(chip.flashAddress + chip.flashBytes);
      expect(new Set(pages.map(pageName)).size).toBe(pages.length);
    }
  });
});

/** Of its loader nobody here knows how it numbers pages of the second bank: the ST-LINK or the maker's tool flashes it. */
const withoutMap = ["nucleo-u575zi-q"];

it("is missing for one board only, which `flash` says", () => {
  const missing = boards.filter(
    ({ productId }) => productId !== undefined && findChip(productId) === undefined,
  );
  expect(missing.map(({ id }) => id)).toEqual(withoutMap);
});

describe.each(
  boards
    .filter(({ id, productId }) => productId !== undefined && !withoutMap.includes(id))
    .map((board) => [board.id, board] as const),
)("the chip of %s", (_, board) => {
  // The F103C8 is sold with half of the 128 KB that its die and its loader have.
  it("has a map, with as much flash as the board or more", () => {
    expect(findChip(board.productId!)!.flashBytes).toBe(
      (board.id === "bluepill-f103c8" ? 2 : 1) * board.flashBytes,
    );
  });
});
