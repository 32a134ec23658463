import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../src/base/packageRoot.js";
import { runImport } from "../../src/cli/runImport.js";

const imports = join(packageRoot, "examples", "imports");
const work = mkdtempSync(join(tmpdir(), "pinfer-imports-"));
afterAll(() => rmSync(work, { recursive: true }));

/** What their pages say: accuracy float, and in integers. */
const figures: Readonly<Record<string, readonly [number, number]>> = {
  "arrows-float-tflite": [1, 1],
  "fruit-forest": [0.9744, 0.9744],
  "gestures-onnx": [1, 1],
  "spirals-tfjs": [0.995, 0.995],
};

const common = { calibration: "minMax", withoutSoftmax: false } as const;

it.each(Object.entries(figures))(
  "examples/imports/%s gives its outputs, and the accuracy that it says",
  async (name, said) => {
    const file = (found: string) => join(imports, name, found);
    const model = readdirSync(join(imports, name)).find((found) =>
      /^model\.(onnx|json|tflite)$/.test(found),
    )!;
    const report = await runImport(file(model), {
      ...common,
      output: join(work, `${name}.json`),
      ...{ calibrate: file("samples.npy"), check: file("outputs.npy"), labels: file("labels.npy") },
    });
    if (!("producer" in report)) throw new Error(`${name} is no float model`);
    expect(report.check!.largestDifference).toBeLessThan(1e-6);
    expect([report.int8!.float, report.int8!.int8].map((value) => Number(value.toFixed(4)))).toEqual(said);
  },
);

it("examples/imports/sine-int8-tflite has its scales", async () => {
  const report = await runImport(join(imports, "sine-int8-tflite", "model.tflite"), {
    ...common,
    output: join(work, "sine.json"),
  });
  if ("producer" in report) throw new Error("it is quantized");
  expect(report.layers.map(({ type }) => type)).toEqual(["FULLY_CONNECTED", "LOGISTIC", "FULLY_CONNECTED"]);
});
