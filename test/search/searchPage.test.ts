import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Outcome, paretoLine, type Trained } from "../../src/search/outcome.js";
import { renderSearch } from "../../src/search/renderSearch.js";
import type { SearchResult } from "../../src/search/runSearch.js";
import { renderSearchPage } from "../../src/search/searchPage.js";
import { findChromium, startChromium } from "../support/chromium.js";

const hostile = `</title></script><script>document.title="broken"</script><img src=x onerror=alert(1)>"'&\u0000`;
const goal = { metric: "accuracy", isMaximized: true };

function trained(number: number, width: number, int8: number, macs: number, bytes: number): Trained {
  const costs = { macs, flashBytes: bytes, ramBytes: 40, parameters: macs };
  return { number, values: { width }, float: int8, int8, ...costs, keptEpoch: 1, hash: "" };
}

function resultOf(name: string, outcomes: readonly Outcome[], best?: Trained): SearchResult {
  const pareto = paretoLine(
    goal,
    outcomes.filter((outcome) => "int8" in outcome),
  );
  const search = { vary: { width: [1] }, candidate: () => ({}), within: { macs: 1000 } };
  return { name, goal, metricTitle: "accuracy", search, candidates: outcomes, outcomes, pareto, best };
}

const first = trained(1, 4, 0.8, 16, 900);
const second = trained(2, 8, 0.96875, 160, 1200);
const outcomes = [first, second, trained(3, 16, 0.9, 640, 1500), trained(4, 64, 0.99, 4096, 9000)];
const failed = { number: 5, values: { width: 0 }, failure: "no units" };
const result = resultOf("rings", [...outcomes, failed], second);

describe("the table", () => {
  it("has a row for each candidate, and a word on what matters", () => {
    expect(renderSearch(result)).toBe(`#  width  accuracy float    int8   MACs  flash B  RAM B
1      4          0.8000  0.8000     16      900     40  unbeaten
2      8          0.9688  0.9688    160    1 200     40  best
3     16          0.9000  0.9000    640    1 500     40
4     64          0.9900  0.9900  4 096    9 000     40  over 1 000 MACs
5      0                                                 failed: no units

best: width 8`);
  });

  it("says so when nothing is within the limits, or nothing could be trained", () => {
    expect(renderSearch(resultOf("x", outcomes))).toMatch(/\n\nno candidate is within the limits$/);
    expect(renderSearch(resultOf("x", [failed]))).toMatch(/\n\nno candidate could be trained$/);
  });

  it("tells the best one's metric on the test data", () => {
    const tested = { ...second, test: { float: 0.95, int8: 0.9375 } };
    expect(renderSearch(resultOf("x", [tested], tested))).toMatch(
      /best: width 8; on the test data accuracy 0\.9500 float, 0\.9375 int8$/,
    );
  });
});

const executable = findChromium();
describe.skipIf(executable === undefined)("the page, in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium(executable!);
  });
  afterAll(() => browser?.close());

  it.each([
    ["a search", result],
    [
      "hostile names",
      resultOf(
        hostile,
        [
          { ...second, values: { [hostile]: hostile } },
          { ...failed, failure: hostile },
        ],
        second,
      ),
    ],
    ["one candidate", resultOf("one", [first], first)],
    ["candidates that all failed", resultOf("none", [failed])],
  ])("of %s shows its pictures and table, without errors and without loading anything", async (_, given) => {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => complaints.push(request.url()));
    await page.setContent(renderSearchPage(given));
    expect(complaints).toEqual([]);
    expect(await page.title()).not.toBe("broken");
    const isTrained = given.outcomes.some((outcome) => "int8" in outcome);
    expect(await page.locator("figure svg").count()).toBe(isTrained ? 3 : 0);
    expect(await page.locator("tbody tr").count()).toBe(given.outcomes.length);
    await page.close();
  });

  it("draws a dot for each trained candidate, and the line through what is best for its cost", async () => {
    const page = await browser.newPage();
    await page.setContent(renderSearchPage(result));
    const macs = page.locator("figure svg").first();
    expect(await macs.locator("circle").count()).toBe(4 + 1); // and the ring around the best
    expect(await macs.locator("[aria-label=text] text").allTextContents()).toEqual(["1", "2", "4"]);
    expect(await macs.locator("circle title").first().textContent()).toBe("3, width 16");
    await page.close();
  });
});
