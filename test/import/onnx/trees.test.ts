import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.js";
import { Tensor } from "../../../src/base/tensor.js";
import { importOnnx } from "../../../src/import/onnx/importOnnx.js";
import { elementType } from "../../../src/import/onnx/onnxSchema.js";
import { planProgram } from "../../../src/plan/planProgram.js";
import { runProgram } from "../../../src/program/runProgram.js";
import { quantizeNetwork } from "../../../src/quantize/quantizeNetwork.js";
import { quantizeTensor } from "../../../src/quantize/quantizeTensor.js";
import { buildOnnx, type OnnxSpec } from "./buildOnnx.js";
import { classifierModel, randomTrees, regressorModel, sumsOf, type Tree } from "./treeModels.js";

const domain = "ai.onnx.ml";
const take = (spec: OnnxSpec, options = {}) => importOnnx(buildOnnx(spec), "trees.onnx", "trees", options);

function complaint(spec: OnnxSpec): string {
  try {
    take(spec);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "nothing";
}

/** Outputs of the float network: a row for each sample. */
function floats(spec: OnnxSpec, samples: readonly (readonly number[])[]): number[][] {
  const { network } = take(spec);
  const input = Tensor.from([samples.length, samples[0]!.length], samples.flat());
  const { data, shape } = network.forward(input);
  return samples.map((_, row) => [...data.subarray(row * shape[1]!, (row + 1) * shape[1]!)]);
}

const quarters = fc.integer({ min: -12, max: 12 }).map((k) => k / 4);
/** Sums of these are exact in any order. */
const sixteenths = fc.integer({ min: -16, max: 16 }).map((k) => k / 16);
const three = { classlabels_int64s: [0, 1, 2], post_transform: "NONE" };
const two = { classlabels_int64s: [0, 1], post_transform: "NONE" };

/** One comparison: feature 0 with a threshold. */
const stump = (
  mode: string,
  threshold: number,
  yes: Record<number, number>,
  no: Record<number, number>,
): Tree => ({
  ...{ feature: 0, mode, threshold },
  yes: { scores: yes },
  no: { scores: no },
});

describe("trees of an ONNX model", () => {
  const forests = fc.sample(randomTrees(4, 3, sixteenths, quarters), { seed: 5, numRuns: 12 });
  const random = fc.sample(fc.array(quarters, { minLength: 4, maxLength: 4 }), { seed: 6, numRuns: 60 });

  it("compare as the format says, in each of its six ways", () => {
    for (const trees of forests) {
      const found = floats(classifierModel(trees, 4, three), random);
      expect(found).toEqual(random.map((sample) => sumsOf(trees, sample, 3)));
    }
  });

  it("have the class of the exact sums in integers, for every sample that quantized them", () => {
    for (const trees of forests) {
      const { network } = take(classifierModel(trees, 4, three));
      const samples = Tensor.from([random.length, 4], random.flat());
      const quantized = quantizeNetwork(network, samples);
      const program = planProgram(quantized);
      for (const sample of random) {
        const output = [...runProgram(program, quantizeTensor(sample, quantized.tensors[0]!))];
        const sums = sumsOf(trees, sample, 3);
        const best = sums.indexOf(Math.max(...sums));
        expect(output.filter((value) => value >= output[best]!)).toEqual([output[best]]);
      }
    }
  });

  it("take whole numbers as they are, and compare all of int16 with them", () => {
    const trees = [stump("BRANCH_LT", 7.5, { 0: 1 }, { 0: 0 }), stump("BRANCH_GTE", -3, { 0: 2 }, { 0: 0 })];
    const { network } = take(regressorModel(trees, 1, {}));
    const quantized = quantizeNetwork(network, Tensor.from([4, 1], [-20, -3, 7, 8]));
    expect(quantized.tensors[0]).toMatchObject({
      elementType: "int16",
      quantization: { scale: 1, zeroPoint: 0 },
    });
    const program = planProgram(quantized);
    const [{ scale, zeroPoint }] = [
      quantized.tensors[1]!.quantization as { scale: number; zeroPoint: number },
    ];
    const of = (x: number) => Math.round(scale * (runProgram(program, Int16Array.of(x))[0]! - zeroPoint));
    expect([-32768, -4, -3, 7, 8, 32767].map(of)).toEqual([1, 1, 3, 3, 2, 2]);
  });

  it("keep samples on their side of thresholds that they equal, though no step of int16 does", () => {
    const thresholds = Array.from({ length: 50 }, (_, k) => Math.fround(0.1 + k * 0.0137));
    for (const mode of ["BRANCH_LEQ", "BRANCH_LT"]) {
      const trees = thresholds.map((threshold) => stump(mode, threshold, { 0: 1 }, { 0: 0 }));
      const samples = thresholds.flatMap((threshold) => [threshold - 1e-4, threshold, threshold + 1e-4]);
      const { network } = take(regressorModel(trees, 1, {}));
      const input = Tensor.from([samples.length, 1], samples);
      const quantized = quantizeNetwork(network, input);
      const program = planProgram(quantized);
      const { scale, zeroPoint } = quantized.tensors[1]!.quantization as { scale: number; zeroPoint: number };
      const found = samples.map((x) => {
        const [output] = runProgram(program, quantizeTensor([x], quantized.tensors[0]!));
        return Math.round(scale * (output! - zeroPoint));
      });
      expect(found).toEqual([...network.forward(input).data]);
    }
  });

  it("give the second of two classes what the first leaves, as onnxruntime does", () => {
    const positive = [stump("BRANCH_LEQ", 0, { 0: 0.25 }, { 0: 0.75 })];
    expect(floats(classifierModel(positive, 1, two), [[0], [1]])).toEqual([
      [0.75, 0.25],
      [0.25, 0.75],
    ]);
    const mixed = [stump("BRANCH_LEQ", 0, { 0: -2 }, { 0: 1 })];
    const withBase = { ...two, base_values: { floats: [0.5] } };
    expect(floats(classifierModel(mixed, 1, withBase), [[0], [1]])).toEqual([
      [1.5, -1.5],
      [-1.5, 1.5],
    ]);
    const [[first, second]] = floats(classifierModel(mixed, 1, { ...two, post_transform: "LOGISTIC" }), [
      [0],
    ]);
    expect([first, second]).toEqual([
      expect.closeTo(1 / (1 + Math.exp(-2)), 6),
      expect.closeTo(1 / (1 + Math.exp(2)), 6),
    ]);
  });

  it("average, begin with base values, and end in softmax where the file says so", () => {
    const trees = [
      stump("BRANCH_GT", 0, { 0: 1, 1: 2 }, { 0: 3 }),
      stump("BRANCH_GT", 5, { 1: 1 }, { 0: 5 }),
    ];
    const settings = { n_targets: 2, aggregate_function: "AVERAGE", base_values: { floats: [10, 20] } };
    expect(floats(regressorModel(trees, 1, settings), [[1], [6]])).toEqual([
      [13, 21],
      [10.5, 21.5],
    ]);
    const scores = classifierModel([stump("BRANCH_LEQ", 0, { 1: 1 }, { 2: 1 })], 1, {
      ...three,
      post_transform: "SOFTMAX",
    });
    const [[low]] = floats(scores, [[0]]);
    expect(low).toBeCloseTo(1 / (2 + Math.E), 6);
    const without = take(scores, { withoutSoftmax: true });
    expect([without.network.layers.length, without.leftOut]).toEqual([1, "Softmax"]);
  });

  it("compare the raw feature exactly where it was scaled", () => {
    const scaler = {
      ...{ op: "Scaler", domain, inputs: ["x"], outputs: ["scaled"] },
      attributes: { offset: { floats: [3.3, 7] }, scale: { floats: [0.123, 0] } },
    };
    const at = Math.fround(0.456);
    const trees: Tree[] = [stump("BRANCH_LT", at, { 0: 1 }, { 1: 1 })];
    const model = classifierModel(trees, 2, three, [scaler]);
    // around the x whose float32 (x − 3.3) · 0.123 is 0.456, a float32 apart
    const middle = Math.fround(at / Math.fround(0.123) + Math.fround(3.3));
    const samples = Array.from({ length: 41 }, (_, k) => Math.fround(middle + (k - 20) * 2 ** -21));
    const scaled = samples.map((x) => Math.fround(Math.fround(x - Math.fround(3.3)) * Math.fround(0.123)));
    expect(new Set(scaled.map((value) => value < at)).size).toBe(2);
    expect(
      floats(
        model,
        samples.map((x) => [x, 0]),
      ),
    ).toEqual(scaled.map((value) => (value < at ? [1, 0, 0] : [0, 1, 0])));
  });

  it("name their classes, and pass over what follows the scores", () => {
    const model = classifierModel([stump("BRANCH_LEQ", 0, { 1: 1 }, { 0: 1 })], 1, {
      classlabels_strings: { texts: ["rest", "walk", "run"] },
    });
    const zipMap = { op: "ZipMap", domain, inputs: ["probabilities"], outputs: ["map"] };
    const cast = { op: "Cast", inputs: ["label"], outputs: ["as_text"], attributes: { to: 8 } };
    const { classNames, output } = take({
      ...model,
      nodes: [...model.nodes, zipMap, cast],
      outputs: ["as_text", "map"],
    });
    expect([classNames, output.name]).toEqual([["rest", "walk", "run"], "map"]);
    expect(take({ ...model, outputs: ["label"] }).notes).toEqual([
      "the file gives labels only; the network gives the scores, of which the label is the largest",
    ]);
    expect(take(model).notes).toEqual([]);
  });

  it("need nothing that fills in missing values, of which there are none", () => {
    const imputer = (replaced: number) => ({
      ...{ op: "Imputer", domain, inputs: ["x"], outputs: ["filled"] },
      attributes: { imputed_value_floats: { floats: [7] }, replaced_value_float: { float: replaced } },
    });
    const trees = [stump("BRANCH_LEQ", 0, { 1: 1 }, { 2: 1 })];
    expect(floats(classifierModel(trees, 1, three, [imputer(Number.NaN)]), [[0]])).toEqual([[0, 1, 0]]);
    expect(complaint(classifierModel(trees, 1, three, [imputer(0)]))).toMatch(
      "node 0 ai.onnx.ml.Imputer in front of it replaces 0; missing values (NaN) are imported",
    );
  });

  it("may all be leaves", () => {
    const trees: Tree[] = [{ scores: { 0: 0.5 } }, { scores: { 0: 0.25 } }];
    expect(floats(regressorModel(trees, 2, {}), [[1, 2]])).toEqual([[0.75]]);
  });
});

describe("trees that are not imported", () => {
  const tree = stump("BRANCH_LEQ", 0, { 0: 1 }, { 0: 2 });
  const place = "trees.onnx: node 0 ai.onnx.ml.TreeEnsemble";

  it("are refused with the attribute and its value", () => {
    const regressor = (attributes: Parameters<typeof regressorModel>[2]) =>
      complaint(regressorModel([tree], 1, attributes));
    expect(regressor({ aggregate_function: "MIN" })).toBe(
      `${place}Regressor: its attribute aggregate_function is "MIN"; SUM and AVERAGE are imported`,
    );
    expect(regressor({ post_transform: "PROBIT" })).toBe(
      `${place}Regressor: its attribute post_transform is "PROBIT", which is not imported`,
    );
    expect(regressor({ base_values: { floats: [1, 2] } })).toMatch(
      "base_values has 2 numbers; 1 are expected",
    );
    expect(regressor({ target_ids: [0, 3] })).toMatch("its attribute target_ids has 3; 0 to 0 are expected");
    expect(regressor({ nodes_values: { floats: [1] } })).toMatch(
      "nodes_values has 1 entries, nodes_treeids 3",
    );
    expect(regressor({ nodes_values: { floats: [Number.NaN, 0, 0] } })).toMatch(
      "compares with what is no number",
    );
    expect(regressor({ nodes_modes: { texts: ["BRANCH_MEMBER", "LEAF", "LEAF"] } })).toMatch(
      'nodes_modes has "BRANCH_MEMBER"; one of BRANCH_LEQ, ',
    );
    expect(regressor({ nodes_falsenodeids: [1, 0, 0] })).toMatch("two nodes of tree 0 lead to one");
    expect(regressor({ nodes_falsenodeids: [0, 0, 0] })).toMatch("2 nodes of its trees lead in a circle");
    const leaves = { nodes_modes: { texts: ["LEAF", "LEAF", "LEAF"] } };
    expect(regressor(leaves)).toMatch("tree 0 begins with two nodes");
    expect(regressor({ nodes_nodeids: [0, 1] })).toMatch("nodes_nodeids has 2 entries, nodes_treeids 3");
    expect(regressor({ nodes_falsenodeids: [9, 0, 0] })).toMatch(
      "nodes_falsenodeids names node 9 of tree 0, which is not there",
    );
    expect(regressor({ nodes_featureids: [4, 0, 0] })).toMatch(
      "compares feature 4; the input has features 0 to 0",
    );
    expect(regressor({ nodes_nodeids: [0, 0, 1] })).toMatch("tree 0 has two nodes of the number 0");
    expect(regressor({ target_weights: { floats: [1, Number.NaN] } })).toMatch("target_weights has NaN");
    expect(regressor({ n_targets: 0 })).toMatch("it has 0 targets; 1 to 1000 are imported");
    expect(regressor({ nodes_values_as_tensor: { dims: [3], values: [0, 0, 0] } })).toMatch(
      "its attribute nodes_values_as_tensor is of float64, which is not imported",
    );
  });

  it("are refused where two classes can be read in two ways", () => {
    const classifier = (trees: readonly Tree[], attributes: Parameters<typeof classifierModel>[2]) =>
      complaint(classifierModel(trees, 1, { ...two, ...attributes }));
    expect(classifier([tree], { post_transform: "LOGISTIC" })).toMatch(
      "no score is below 0, and post_transform is LOGISTIC",
    );
    expect(classifier([tree], { base_values: { floats: [1, 2] } })).toMatch(
      "base_values has two numbers for two classes",
    );
    expect(classifier([stump("BRANCH_LEQ", 0, { 1: 1 }, { 1: 2 })], {})).toMatch("it scores the second only");
  });

  it("are refused with what stands in front of them or changes their scores", () => {
    const behind = (op: string, attributes = {}) =>
      complaint(
        classifierModel([tree], 1, three, [{ op, domain, inputs: ["x"], outputs: ["y"], attributes }]),
      );
    expect(behind("Normalizer")).toBe(
      "trees.onnx: node 1 ai.onnx.ml.TreeEnsembleClassifier: takes what node 0 ai.onnx.ml.Normalizer makes; " +
        "in front of trees Cast to float, Identity, Imputer and Scaler are imported",
    );
    const identity = { op: "Identity", inputs: [], outputs: ["y"] };
    expect(complaint(classifierModel([tree], 1, three, [identity]))).toMatch(
      'takes "", which does not come from the input',
    );
    const cast = (to: number) => ({ op: "Cast", inputs: ["x"], outputs: ["y"], attributes: { to } });
    expect(complaint(classifierModel([tree], 1, three, [cast(elementType.int64)]))).toMatch(
      "takes what node 0 Cast makes",
    );
    expect(complaint(classifierModel([tree], 1, three, [cast(elementType.float)]))).toBe("nothing");
    expect(behind("Scaler", { offset: { floats: [0] }, scale: { floats: [-1] } })).toMatch(
      "it multiplies feature 0 by -1",
    );
    expect(behind("Scaler", { offset: { floats: [0, 1] }, scale: { floats: [1] } })).toMatch(
      "its attribute offset has 2 numbers; 1 or 1 are expected",
    );
    const model = classifierModel([tree], 1, three);
    const normalizer = { op: "Normalizer", domain, inputs: ["probabilities"], outputs: ["z"] };
    expect(complaint({ ...model, nodes: [...model.nodes, normalizer], outputs: ["label", "z"] })).toMatch(
      "node 1 ai.onnx.ml.Normalizer changes its scores, and is not imported",
    );
    expect(complaint({ ...model, domains: { [domain]: 5 } })).toMatch("ai.onnx.ml 5 is newer than 4");
  });

  it("say which value of a sample is missing", () => {
    const { network } = take(regressorModel([tree], 2, {}));
    expect(() => network.forward(Tensor.from([2, 2], [1, 2, 3, Number.NaN]))).toThrow(
      "feature 1 of sample 1 is not a number",
    );
  });
});
