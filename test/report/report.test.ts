import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ringExperiment } from "../../examples/decision-boundary/ring.js";
import { Tensor } from "../../src/base/tensor.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { trainExperiment } from "../../src/experiment/trainExperiment.js";
import { html } from "../../src/report/html.js";
import { renderPage } from "../../src/report/renderPage.js";
import { ReportRecorder } from "../../src/report/reportRecorder.js";
import type { EpochRecord } from "../../src/train/fitting/history.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { meanSquaredError } from "../../src/train/losses/meanSquaredError.js";
import { sgd } from "../../src/train/optimizers/sgd.js";
import { findChromium, startChromium } from "../support/chromium.js";
import { streetLight, trainWithReport } from "./trainWithReport.js";

const hostile = `</title></script></style><script>document.title="broken"</script><img src=x onerror=alert(1)>"'&\u0000`;

const ring = { ...ringExperiment("ring", 3, 1), epochs: 8, validation: 0.2 };

const ringData = ring.data as { train: { inputs: Tensor; targets: Uint8Array } };
const hostileRing: Experiment = {
  ...ring,
  name: hostile,
  data: {
    train: { ...ringData.train, inputNames: [hostile, hostile], classNames: [hostile, `${hostile}2`] },
  },
  network: [dense(3, { name: hostile }), dense(2)],
  metrics: [{ ...accuracy, name: hostile }],
};

/** A line through four points: real-valued targets. */
const regression: Experiment = {
  name: "line",
  seed: 1,
  data: { train: { inputs: Tensor.from([4, 1], [0, 1, 2, 3]), targets: Tensor.from([4, 1], [1, 3, 5, 7]) } },
  network: [dense(1)],
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0.05 }),
  epochs: 30,
  batchSize: 4,
};

const experiments: [string, Experiment][] = [
  ["the street light", streetLight],
  ["a ring with a moving boundary", ring],
  ["hostile names", hostileRing],
  ["a regression", regression],
];

describe("a report", () => {
  it.each(experiments)("of %s gives the same bytes for the same training", async (_, experiment) => {
    expect((await trainWithReport(experiment)).page).toBe((await trainWithReport(experiment)).page);
  });

  it("changes no bit of the training", async () => {
    const [watched, alone] = [(await trainWithReport(ring)).result, await trainExperiment(ring)];
    expect(watched.history).toEqual(alone.history);
    expect(watched.network.parameters()).toEqual(alone.network.parameters());
  });

  it("names the middle lamp of the street light as most relevant", async () => {
    const { page } = await trainWithReport();
    expect(page).toContain("Most relevant: <b>middle lamp</b>.");
  });

  it.each(experiments)("of %s asks for nothing from elsewhere", async (_, experiment) => {
    const { page } = await trainWithReport(experiment);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;`);
    const links = page.match(/\b(src|href|url|@import)\b\s*[=(]/g) ?? [];
    expect(experiment === hostileRing ? [] : links).toEqual([]);
    expect(page.length).toBeLessThan(250_000);
  });

  it("can be written while training goes on, for a browser that loads it anew", async () => {
    const pages: string[] = [];
    const recorder = new ReportRecorder(ring);
    const epochs: EpochRecord[] = [];
    await trainExperiment(ring, {
      onStart: (network, data, split) => {
        recorder.start(network, data, split);
        return undefined;
      },
      onEpoch: (record) => {
        recorder.record(record);
        epochs.push(record);
        pages.push(recorder.renderRunning(epochs, 2));
      },
    });
    expect(pages).toHaveLength(8);
    expect(pages[2]).toContain(`<meta http-equiv="refresh" content="2">`);
    expect(pages[2]).toContain(`max="3"`); // epochs 0 to 3
    expect(pages[2]).toContain("still training");
    expect((await trainWithReport(ring)).page).not.toContain("refresh");
  });

  it("holds no name as HTML", async () => {
    const { page } = await trainWithReport(hostileRing);
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)).toHaveLength(2); // the frames and the program that draws them
    expect(page).not.toContain("\u0000");
  });
});

const executable = findChromium();
const title = "in Chromium";
const reason = "no chromium, chromium-browser or google-chrome on the PATH: pages are not opened";
describe.skipIf(executable === undefined)(executable === undefined ? `${title} (${reason})` : title, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium(executable as string);
  });
  afterAll(() => browser?.close());

  /** The page, shown, and all that the browser complains of or asks for meanwhile. */
  async function open(content: string) {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => complaints.push(`asks for ${request.url()}`));
    await page.setContent(content, { waitUntil: "load" });
    return { page, complaints };
  }

  it.each(experiments)("shows %s without complaint", async (_, experiment) => {
    const { page, complaints } = await open((await trainWithReport(experiment)).page);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe(experiment.name.replace("\u0000", "\ufffd"));
    expect(await page.locator("h1").textContent()).toBe(experiment.name.replace("\u0000", "\ufffd"));
    expect(await page.locator("figure svg").count()).toBeGreaterThan(1);
    await page.close();
  });

  it("moves the boundary with the slider and by itself", async () => {
    const { page, complaints } = await open((await trainWithReport(ring)).page);
    const picture = () =>
      page.locator("canvas").evaluate((canvas) => Reflect.get(canvas, "toDataURL").call(canvas));
    const epoch = () => page.locator(".boundary dd").first().textContent();
    const last = await picture();
    expect(await epoch()).toBe("8");

    await page.locator("input[type=range]").fill("0");
    expect(await epoch()).toBe("0");
    const first = await picture();
    expect(first).not.toBe(last);

    await page.getByRole("button", { name: "Play" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.getByRole("button", { name: "Play" }).waitFor(); // it has run to the end
    expect(await epoch()).toBe("8");
    expect(await picture()).toBe(last);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("runs no script but the page's own", async () => {
    const planted = renderPage("x", [{ title: "t", body: html`<p>text</p>` }], {
      script: "document.title = 'own'",
    }).replace("<p>text</p>", "<script>document.title = 'planted'</script>");
    const { page, complaints } = await open(planted);
    expect(await page.title()).toBe("own");
    expect(complaints.join()).toContain("Content Security Policy");
    await page.close();
  });
});
