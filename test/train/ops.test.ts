import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { createFloats, type DType, type FloatArray } from "../../src/base/tensor.js";
import type { ConvolutionSizes } from "../../src/train/ops/convolution.js";
import { typescriptOps as ops } from "../../src/train/ops/index.js";

/*
 * The formulas of src/train/ops, one sum after the other, every product and every sum rounded: what the functions there
 * must give to the last bit. Values are multiples of 1/8 with many zeros, and others, so that both exact and rounded
 * sums occur.
 */
class Plain {
  private readonly round: (value: number) => number;
  constructor(dtype: DType) {
    this.round = dtype === "float32" ? Math.fround : (value) => value;
  }

  addProduct(sum: number, a: number, b: number): number {
    return this.round(sum + this.round(a * b));
  }
  add(a: number, b: number): number {
    return this.round(a + b);
  }
}

function draw(dtype: DType, length: number, random: Random): FloatArray {
  const values = createFloats(dtype, length);
  for (let k = 0; k < length; k++) {
    const kind = random.integer(3);
    values[k] = kind === 0 ? 0 : kind === 1 ? (random.integer(33) - 16) / 8 : random.normal();
  }
  return values;
}

const size = (max: number) => fc.integer({ min: 1, max });
const geometry = fc
  .record({
    batch: size(2),
    inHeight: size(6),
    inWidth: size(6),
    inChannels: size(5),
    outChannels: size(5),
    filterHeight: size(3),
    filterWidth: size(3),
    strideY: size(3),
    strideX: size(3),
    dilationY: size(2),
    dilationX: size(2),
    paddingTop: fc.integer({ min: 0, max: 2 }),
    paddingLeft: fc.integer({ min: 0, max: 2 }),
    outHeight: size(4),
    outWidth: size(4),
  })
  // what lies behind is padded as far as the filter reaches; every filter position stands at least partly inside
  .filter(
    (s) =>
      (s.outHeight - 1) * s.strideY < s.inHeight + s.paddingTop &&
      (s.outWidth - 1) * s.strideX < s.inWidth + s.paddingLeft,
  );

const cases = fc.record({
  sizes: geometry,
  seed: fc.nat(),
  dtype: fc.constantFrom<DType>("float32", "float64"),
});

type Visit = (b: number, y: number, x: number, ky: number, kx: number, inY: number, inX: number) => void;

/** Every position of the filter over every output position, where it stands on the input, in the order b, y, x, ky, kx. */
function forEachTap(s: ConvolutionSizes, visit: Visit): void {
  for (let b = 0; b < s.batch; b++)
    for (let y = 0; y < s.outHeight; y++)
      for (let x = 0; x < s.outWidth; x++)
        for (let ky = 0; ky < s.filterHeight; ky++)
          for (let kx = 0; kx < s.filterWidth; kx++) {
            const inY = y * s.strideY + ky * s.dilationY - s.paddingTop;
            const inX = x * s.strideX + kx * s.dilationX - s.paddingLeft;
            if (inY >= 0 && inY < s.inHeight && inX >= 0 && inX < s.inWidth) visit(b, y, x, ky, kx, inY, inX);
          }
}

const inputAt = (s: ConvolutionSizes, b: number, y: number, x: number, c: number) =>
  ((b * s.inHeight + y) * s.inWidth + x) * s.inChannels + c;
const outputAt = (s: ConvolutionSizes, b: number, y: number, x: number, o: number) =>
  ((b * s.outHeight + y) * s.outWidth + x) * s.outChannels + o;

function drawAll(s: ConvolutionSizes, dtype: DType, seed: number, weightCount: number) {
  const random = new Random(seed);
  const inCount = s.batch * s.inHeight * s.inWidth * s.inChannels;
  const outCount = s.batch * s.outHeight * s.outWidth * s.outChannels;
  return {
    input: draw(dtype, inCount, random),
    weights: draw(dtype, weightCount, random),
    bias: draw(dtype, s.outChannels, random),
    outputGradient: draw(dtype, outCount, random),
    weightGradient: draw(dtype, weightCount, random),
    output: draw(dtype, outCount, random),
    inputGradient: draw(dtype, inCount, random),
  };
}

describe("the loops give the bits of their formulas", () => {
  it("for convolutions of any geometry", () => {
    fc.assert(
      fc.property(cases, ({ sizes: s, seed, dtype }) => {
        const taps = s.filterHeight * s.filterWidth;
        const t = drawAll(s, dtype, seed, s.outChannels * taps * s.inChannels);
        const plain = new Plain(dtype);
        const weightAt = (o: number, ky: number, kx: number, c: number) =>
          ((o * s.filterHeight + ky) * s.filterWidth + kx) * s.inChannels + c;

        const output = t.output.slice().fill(0);
        const weightGradient = t.weightGradient.slice();
        const inputGradient = t.inputGradient.slice().fill(0);
        forEachTap(s, (b, y, x, ky, kx, inY, inX) => {
          for (let o = 0; o < s.outChannels; o++)
            for (let c = 0; c < s.inChannels; c++) {
              const [from, to, weight] = [
                inputAt(s, b, inY, inX, c),
                outputAt(s, b, y, x, o),
                weightAt(o, ky, kx, c),
              ];
              output[to] = plain.addProduct(output[to], t.input[from], t.weights[weight]);
              weightGradient[weight] = plain.addProduct(
                weightGradient[weight],
                t.outputGradient[to],
                t.input[from],
              );
            }
        });
        for (let k = 0; k < output.length; k++) output[k] = plain.add(output[k], t.bias[k % s.outChannels]);
        // for one input the taps come in the order ky, kx: one output position for each
        for (let ky = 0; ky < s.filterHeight; ky++)
          for (let kx = 0; kx < s.filterWidth; kx++)
            forEachTap(s, (b, y, x, tapY, tapX, inY, inX) => {
              if (tapY !== ky || tapX !== kx) return;
              for (let c = 0; c < s.inChannels; c++)
                for (let o = 0; o < s.outChannels; o++) {
                  const to = inputAt(s, b, inY, inX, c);
                  const gradient = t.outputGradient[outputAt(s, b, y, x, o)];
                  inputGradient[to] = plain.addProduct(
                    inputGradient[to],
                    gradient,
                    t.weights[weightAt(o, ky, kx, c)],
                  );
                }
            });

        ops.convolutionForward(s, t.input, t.weights, t.bias, t.output);
        ops.convolutionWeightGradient(s, t.input, t.outputGradient, t.weightGradient);
        ops.convolutionInputGradient(s, t.outputGradient, t.weights, t.inputGradient);
        expect(t.output).toEqual(output);
        expect(t.weightGradient).toEqual(weightGradient);
        expect(t.inputGradient).toEqual(inputGradient);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it("for depthwise convolutions of any geometry and multiplier", () => {
    fc.assert(
      fc.property(cases, size(3), ({ sizes, seed, dtype }, multiplier) => {
        const s = { ...sizes, outChannels: sizes.inChannels * multiplier };
        const t = drawAll(s, dtype, seed, s.filterHeight * s.filterWidth * s.outChannels);
        const plain = new Plain(dtype);
        const output = t.output.slice().fill(0);
        const weightGradient = t.weightGradient.slice();
        const inputGradient = t.inputGradient.slice().fill(0);
        forEachTap(s, (b, y, x, ky, kx, inY, inX) => {
          for (let o = 0; o < s.outChannels; o++) {
            const [from, to] = [inputAt(s, b, inY, inX, Math.floor(o / multiplier)), outputAt(s, b, y, x, o)];
            const weight = (ky * s.filterWidth + kx) * s.outChannels + o;
            output[to] = plain.addProduct(output[to], t.input[from], t.weights[weight]);
            weightGradient[weight] = plain.addProduct(
              weightGradient[weight],
              t.outputGradient[to],
              t.input[from],
            );
          }
        });
        for (let k = 0; k < output.length; k++) output[k] = plain.add(output[k], t.bias[k % s.outChannels]);
        for (let ky = 0; ky < s.filterHeight; ky++)
          for (let kx = 0; kx < s.filterWidth; kx++)
            forEachTap(s, (b, y, x, tapY, tapX, inY, inX) => {
              if (tapY !== ky || tapX !== kx) return;
              for (let o = 0; o < s.outChannels; o++) {
                const to = inputAt(s, b, inY, inX, Math.floor(o / multiplier));
                const weight = t.weights[(ky * s.filterWidth + kx) * s.outChannels + o];
                const gradient = t.outputGradient[outputAt(s, b, y, x, o)];
                inputGradient[to] = plain.addProduct(inputGradient[to], gradient, weight);
              }
            });

        ops.depthwiseForward(s, t.input, t.weights, t.bias, t.output);
        ops.depthwiseWeightGradient(s, t.input, t.outputGradient, t.weightGradient);
        ops.depthwiseInputGradient(s, t.outputGradient, t.weights, t.inputGradient);
        expect(t.output).toEqual(output);
        expect(t.weightGradient).toEqual(weightGradient);
        expect(t.inputGradient).toEqual(inputGradient);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it("for affine products of any size", () => {
    fc.assert(
      fc.property(
        fc.record({ batch: size(3), inFeatures: size(9), outFeatures: size(11) }),
        fc.nat(),
        fc.constantFrom<DType>("float32", "float64"),
        (sizes, seed, dtype) => {
          const { batch, inFeatures, outFeatures } = sizes;
          const random = new Random(seed);
          const plain = new Plain(dtype);
          const input = draw(dtype, batch * inFeatures, random);
          const weights = draw(dtype, outFeatures * inFeatures, random);
          const bias = draw(dtype, outFeatures, random);
          const gradient = draw(dtype, batch * outFeatures, random);
          const found = {
            output: draw(dtype, batch * outFeatures, random),
            weightGradient: draw(dtype, weights.length, random),
            inputGradient: draw(dtype, input.length, random),
            biasGradient: draw(dtype, outFeatures, random),
          };
          const expected = {
            output: found.output.slice().fill(0),
            weightGradient: found.weightGradient.slice(),
            inputGradient: found.inputGradient.slice().fill(0),
            biasGradient: found.biasGradient.slice(),
          };
          for (let b = 0; b < batch; b++)
            for (let o = 0; o < outFeatures; o++) {
              const to = b * outFeatures + o;
              for (let i = 0; i < inFeatures; i++) {
                const [x, w] = [b * inFeatures + i, o * inFeatures + i];
                expected.output[to] = plain.addProduct(expected.output[to], input[x], weights[w]);
                expected.weightGradient[w] = plain.addProduct(
                  expected.weightGradient[w],
                  gradient[to],
                  input[x],
                );
                expected.inputGradient[x] = plain.addProduct(
                  expected.inputGradient[x],
                  gradient[to],
                  weights[w],
                );
              }
              expected.output[to] = plain.add(expected.output[to], bias[o]);
              expected.biasGradient[o] = plain.add(expected.biasGradient[o], gradient[to]);
            }
          ops.affineForward(sizes, input, weights, bias, found.output);
          ops.affineWeightGradient(sizes, input, gradient, found.weightGradient);
          ops.affineInputGradient(sizes, gradient, weights, found.inputGradient);
          ops.addColumnSums(batch, outFeatures, gradient, found.biasGradient);
          expect(found).toEqual(expected);
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });
});
