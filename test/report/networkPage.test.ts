import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderSummary } from "../../src/cli/renderSummary.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes, type Program } from "../../src/program/program.js";
import { summarizeNetwork } from "../../src/program/summarize.js";
import { type MeasuredTicks, renderNetworkPage } from "../../src/report/networkPage.js";
import { findChromium, startChromium } from "../support/chromium.js";
import { randomPlantedNetwork } from "../support/plantedNetworks.js";
import { ports } from "../support/ports.js";

const hostile = `</title></script><script>document.title="broken"</script><img src=x onerror=alert(1)>"'&\u0000`;

function named(network: QuantizedNetwork, name: string): QuantizedNetwork {
  return {
    ...network,
    name,
    tensors: network.tensors.map((tensor, i) => ({ ...tensor, name: `${name} ${i}` })),
    layers: network.layers.map((layer, i) => ({ ...layer, name: `${name} ${i}` })),
  };
}

const branched = randomPlantedNetwork(3, { layers: 12 });
const oneLayer: QuantizedNetwork = {
  name: "one layer",
  tensors: [
    { elementType: "int8", name: "in", shape: [2], quantization: { scale: 1, zeroPoint: 0 } },
    { elementType: "int8", name: "out", shape: [2], quantization: { scale: 1, zeroPoint: 0 } },
  ],
  ...ports(0, 1),
  layers: [
    { kind: "lookup", name: "f", inputs: [0], output: 1, activation: "f", table: new Int8Array(256).fill(3) },
  ],
};

function measuredOf(program: Program): MeasuredTicks {
  const layers = program.calls.map((_, i) => 1000 * (i + 1));
  const run = layers.reduce((a, b) => a + b);
  const cycles = { layers: layers.map((count) => 1.5 * count), run: 1.5 * run };
  return { unit: "instructions", device: "a board", layers, run, cycles };
}

const pages: [string, QuantizedNetwork, boolean][] = [
  ["a network with branches", named(branched, "net"), false],
  ["the same, measured", named(branched, "net"), true],
  ["hostile names", named(branched, hostile), true],
  ["one layer", oneLayer, true],
];

function pageOf(network: QuantizedNetwork, isMeasured: boolean): string {
  const program = planProgram(network);
  return renderNetworkPage(summarizeNetwork(program), isMeasured ? measuredOf(program) : undefined);
}

describe("the page of a network", () => {
  it.each(pages)("of %s is the same for the same network, and asks for nothing", (_, network, isMeasured) => {
    const page = pageOf(network, isMeasured);
    expect(pageOf(network, isMeasured)).toBe(page);
    for (const text of ["<img", "<script", "\u0000"]) expect(page).not.toContain(text);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`);
  });
});

it("has modelled cycles beside the instructions of each layer", () => {
  const program = planProgram(oneLayer);
  const page = renderNetworkPage(summarizeNetwork(program), measuredOf(program));
  expect(page).toContain("<th>per MAC</th><th>modelled cycles</th><th>per MAC</th>");
  expect(page).toContain("<dt>modelled cycles</dt><dd>1\u202f500");
  const { cycles: _, ...without } = measuredOf(program);
  expect(renderNetworkPage(summarizeNetwork(program), without)).not.toContain("modelled");
});

describe("what is told of the arena", () => {
  it.each(optimizeModes)("adds up, planned for %s", (optimize) => {
    for (let seed = 0; seed < 20; seed++) {
      const program = planProgram(randomPlantedNetwork(seed, { layers: 8 }), { optimize });
      const { layers, arenaBytes, arenaPeak, arenaUses } = summarizeNetwork(program);
      const largest = Math.max(...layers.map(({ aliveBytes }) => aliveBytes));
      expect(largest).toBeLessThanOrEqual(arenaBytes);
      expect(arenaPeak.uses.length).toBeGreaterThan(1);
      expect(Math.max(...arenaUses.map(({ offset, bytes }) => offset + bytes))).toBeGreaterThan(
        arenaBytes - 4,
      );
      for (const [index, call] of program.calls.entries()) {
        for (const slot of [...call.inputs, call.output]) {
          const holders = arenaUses.filter(
            ({ names, firstCall, lastCall }) =>
              names.includes(slot.name) && firstCall <= index && index <= lastCall,
          );
          expect(holders.map(({ offset }) => offset)).toEqual([slot.offset]);
        }
      }
    }
  });
});

describe("the summary's text", () => {
  it("tells what the passes saved and what sets the arena's size", () => {
    const text = renderSummary(summarizeNetwork(planProgram(named(branched, "net"))));
    expect(text).toMatch(/constant channels: .*channels \d+ → \d+; MACs [\d ]+ → [\d ]+; bytes of weights/);
    expect(text).toMatch(
      /RAM: [\d ]+ B of arena; no plan takes less than [\d ]+ B\n {2}most at net \d+: net \d+/,
    );
  });

  it("says so when there was nothing to take out", () => {
    const kept = {
      ...oneLayer,
      layers: oneLayer.layers.map((layer) => ({
        ...layer,
        table: new Int8Array(256).map((_, i) => (i * 7) % 128),
      })),
    };
    expect(renderSummary(summarizeNetwork(planProgram(kept as QuantizedNetwork)))).toContain(
      "passes: nothing to take out",
    );
  });
});

const executable = findChromium();
const reason = "no chromium, chromium-browser or google-chrome on the PATH: pages are not opened";
describe.skipIf(executable === undefined)(
  executable === undefined ? `in Chromium (${reason})` : "in Chromium",
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startChromium(executable as string);
    });
    afterAll(() => browser?.close());

    it.each(pages)("shows %s without complaint", async (_, network, isMeasured) => {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("request", (request) => complaints.push(`asks for ${request.url()}`));
      await page.setContent(pageOf(network, isMeasured), { waitUntil: "load" });
      expect(complaints).toEqual([]);
      expect(await page.title()).toBe(network.name.replace("\u0000", "\ufffd"));
      const { calls, arenaUses } = planProgram(network);
      expect(await page.locator("figure > svg").count()).toBe(isMeasured ? 6 : 4);
      // a rectangle with its name for each use of the arena
      expect(await page.locator("section").nth(1).locator("rect title").count()).toBe(arenaUses.length);
      expect(await page.locator("section").nth(3).locator("tbody tr").count()).toBe(calls.length);
      await page.close();
    });
  },
);
