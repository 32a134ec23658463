import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import type { Experiment, QuantizeSettings } from "../../src/experiment/experiment.js";
import { trainModel } from "../../src/experiment/trainModel.js";
import { onlyInput } from "../../src/network/ports.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { accuracy } from "../../src/train/fitting/metrics.js";
import { dense } from "../../src/train/layers/dense.js";
import { relu } from "../../src/train/layers/elementWise.js";
import { minMaxScale, standardize } from "../../src/train/layers/normalization.js";
import { softmax } from "../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../src/train/losses/softmaxCrossEntropy.js";
import { adam } from "../../src/train/optimizers/adam.js";
import { printNetwork } from "../codegen/runNetwork.js";
import { runC } from "../support/compileC.js";
import { packageKernels as kernels } from "../support/packageKernels.js";
import { runGenerated, runOracle } from "../support/runGenerated.js";

/** Two columns, of which the second alone decides the class. */
function twoColumns(first: (normal: number) => number, deviation: number, samples = 600) {
  const random = new Random(1);
  const inputs = new Float32Array(2 * samples);
  const targets = new Uint8Array(samples);
  for (let i = 0; i < samples; i++) {
    inputs[2 * i] = first(random.normal());
    inputs[2 * i + 1] = deviation * random.normal();
    targets[i] = inputs[2 * i + 1]! > 0 ? 1 : 0;
  }
  return { inputs: new Tensor([samples, 2], inputs), targets };
}

type Columns = ReturnType<typeof twoColumns>;

function experiment(data: Columns, scaling = standardize, quantize?: QuantizeSettings): Experiment {
  return {
    ...{ name: "columns", seed: 1, data: { train: data, test: data } },
    network: [scaling(), dense(8), relu(), dense(2), softmax()],
    ...{ loss: softmaxCrossEntropy(), optimizer: adam({ learningRate: 0.02 }), epochs: 20, batchSize: 16 },
    metrics: [accuracy],
    ...(quantize && { quantize }),
  };
}

const pascal = twoColumns((normal) => 101325 + 300 * normal, 0.5);
const wide = twoColumns((normal) => 1000 * normal, 0.01);

describe("a column of measurements beside one of another unit", () => {
  it.each<[string, Columns, typeof standardize, QuantizeSettings | undefined]>([
    ["101325 ± 300 Pa beside 0.5 g", pascal, standardize, undefined],
    ["101325 ± 300 Pa beside 0.5 g, in 0..1", pascal, minMaxScale, undefined],
    ["the same, trained on with rounding", pascal, standardize, { aware: { epochs: 5 } }],
    ["1013.25 ± 3 hPa beside 0.5 g", twoColumns((n) => 1013.25 + 3 * n, 0.5), standardize, undefined],
    ["±1000 beside ±0.01", wide, standardize, undefined],
    ["±1000 beside ±0.01, in 0..1", wide, minMaxScale, undefined],
  ])("keeps what the float network learned: %s", async (_, data, scaling, quantize) => {
    const { test, testInt8 } = await trainModel(experiment(data, scaling, quantize));
    expect(test?.metrics.accuracy).toBeGreaterThanOrEqual(0.99);
    expect(testInt8?.accuracy).toBeGreaterThanOrEqual(0.99);
  });

  it("has a scale of its own, and an offset where it is far from 0: thousands of steps for a deviation", async () => {
    const { model } = await trainModel({ ...experiment(pascal), epochs: 1 });
    const { quantization } = model.quantized!.tensors[0]!;
    expect(quantization).toHaveLength(2);
    const [pressure, acceleration] = quantization as { scale: number; zeroPoint: number }[];
    expect(300 / pressure!.scale).toBeGreaterThan(4000);
    // the middle of what was seen is near the middle of int16
    expect(Math.abs(101325 / pressure!.scale + pressure!.zeroPoint)).toBeLessThan(8192);
    expect(0.5 / acceleration!.scale).toBeGreaterThan(4000);
    expect(acceleration!.zeroPoint).toBe(0);
  });

  it.each<[string, Columns, typeof standardize]>([
    ["with offsets", pascal, standardize],
    ["of two scales", wide, minMaxScale],
  ])("gives the oracle's bytes in the emitted C, at the ends of int16 too: %s", async (_, data, scaling) => {
    const { model } = await trainModel({ ...experiment(data, scaling), epochs: 2 });
    const program = planProgram(model.quantized!);
    const input = onlyInput(program);
    const real = data.inputs.data;
    const inputs = [
      ...Array.from({ length: 20 }, (_, i) => quantizeTensor(real.subarray(2 * i, 2 * i + 2), input)),
      ...[-32768, -1, 0, 32767].flatMap((a) => [-32768, 0, 32767].map((b) => Int16Array.of(a, b))),
    ];
    expect(runGenerated(program, inputs)).toEqual(runOracle(program, inputs));
  });

  it("stands in network.h as a table that gives the host's integers", async () => {
    const { model } = await trainModel({ ...experiment(pascal), epochs: 1 });
    const program = planProgram(model.quantized!);
    const { header } = printNetwork(program, kernels);
    const real = pascal.inputs.data.subarray(0, 40);
    const files = {
      "network.h": header,
      "main.c": `#include <math.h>
#include <stdio.h>
#include "network.h"
int main(void)
{
    static const float scales[NETWORK_INPUT_COLUMNS] = NETWORK_INPUT_SCALES;
    static const int32_t zero_points[NETWORK_INPUT_COLUMNS] = NETWORK_INPUT_ZERO_POINTS;
    static const float real[40] = {${Array.from(real, (value) => `${value.toExponential(9)}f`).join(", ")}};
    for (int i = 0; i < 40; i++) {
        printf("%ld\\n", lroundf(real[i] / scales[i % 2]) + zero_points[i % 2]);
    }
    return 0;
}
`,
    };
    const output = runC(files, new Uint8Array(), ["-lm"]).toString();
    expect(output.trim().split("\n").map(Number)).toEqual([...quantizeTensor(real, onlyInput(program))]);
  });
});
