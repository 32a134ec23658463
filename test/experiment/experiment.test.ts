import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UserError } from "../../src/base/errors.js";
import { formatJson } from "../../src/base/json.js";
import { Tensor } from "../../src/base/tensor.js";
import { loadExperiment } from "../../src/experiment/experiment.js";
import { summarizeTraining, trainExperiment } from "../../src/experiment/trainExperiment.js";
import type { ExperimentData } from "../../src/train/data/dataset.js";
import { layersInOrder } from "../../src/train/layers/graph.js";
import { userError } from "../train/userError.js";

const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/${name}/experiment.ts`, import.meta.url));

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pinfer-experiment-"));
  path = join(folder, "experiment.ts");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An experiment that is right, as text, one field a line. */
const fields = {
  name: '"and"',
  seed: "1",
  data: "{ train: { inputs: Tensor.from([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]), targets: Uint8Array.of(0, 0, 0, 1) } }",
  network: "[dense(2), softmax()]",
  loss: "softmaxCrossEntropy()",
  optimizer: "adam({ learningRate: 0.1 })",
  epochs: "60",
  batchSize: "4",
};

function write(changes: Record<string, string> = {}): void {
  const text = Object.entries({ ...fields, ...changes }).map(([name, value]) => `  ${name}: ${value},`);
  writeFileSync(
    path,
    `import { accuracy, adam, chain, dense, relu, softmax, softmaxCrossEntropy, Tensor } from "pinfer";
void [accuracy, chain, relu];
export default {
${text.join("\n")}
};`,
  );
}

describe("an experiment", () => {
  it("is loaded from TypeScript, trains, and gives the same bits again", async () => {
    write({ metrics: "[accuracy]", data: `(): unknown => (${fields.data})` });
    const run = async () => {
      const experiment = await loadExperiment(path);
      return { experiment, trained: await trainExperiment(experiment) };
    };
    const [first, second] = [await run(), await run()];
    expect(first.trained.network.forward(Tensor.from([1, 2], [1, 1])).data[1]).toBeGreaterThan(0.5);
    expect(second.trained.network).toEqual(first.trained.network);
    const summary = ({ experiment, trained }: typeof first) =>
      formatJson(summarizeTraining(experiment, trained));
    expect(summary(second)).toBe(summary(first));
  });

  it("gets this very module for its import of pinfer", async () => {
    write();
    const { data } = await loadExperiment(path);
    const loaded = await (data as () => Promise<ExperimentData>)();
    expect(loaded.train.inputs).toBeInstanceOf(Tensor);
  });

  it("is read anew when it has changed", async () => {
    write();
    await loadExperiment(path);
    write({ seed: "77" });
    expect((await loadExperiment(path)).seed).toBe(77);
  });

  it("may judge by validation data of its own and stop early", async () => {
    // The opposite of what is trained: the first epoch is the best, whatever the seed.
    const opposite =
      "inputs: Tensor.from([4, 2], [0, 0, 0, 1, 1, 0, 1, 1]), targets: Uint8Array.of(1, 1, 1, 0)";
    write({
      data: `{ ...${fields.data}, validation: { ${opposite} } }`,
      metrics: "[accuracy]",
      earlyStop: "{ patience: 4 }",
    });
    const { history } = await trainExperiment(await loadExperiment(path));
    expect(history.keptEpoch).toBe(1);
    expect(history.epochs).toHaveLength(5);
    expect(history.epochs[4].validation?.metrics).toHaveProperty("accuracy");
  });

  it("may describe its network as a function", async () => {
    write({ network: "(x: never) => softmax()(dense(2)(x))" });
    const { network } = await trainExperiment(await loadExperiment(path));
    expect(network.layers.map(({ name }) => name)).toEqual(["dense_1", "softmax_1"]);
  });

  it("may have layers in its list that are several", async () => {
    write({ network: "[chain([dense(4), relu()]), dense(2), softmax()]" });
    const { network } = await trainExperiment(await loadExperiment(path));
    expect(network.layers.map(({ kind }) => kind)).toEqual(["dense", "relu", "dense", "softmax"]);
  });

  it("hands its penalty, limit and class weights to the training", async () => {
    const trained = async (changes: Record<string, string>) => {
      write(changes);
      const { network } = await trainExperiment(await loadExperiment(path));
      return network.parameters().flatMap(({ value }) => [...value.data]);
    };
    const plain = await trained({});
    expect(await trained({ penalty: "{ kind: 'l2', weight: 0, loss: () => 0, addGradient() {} }" })).toEqual(
      plain,
    );
    for (const changes of [{ clipGradients: "{ value: 0.01 }" }, { classWeights: "[1, 5]" }] as const) {
      expect(await trained({ ...changes })).not.toEqual(plain);
    }
  });

  it("may import files of its own", async () => {
    writeFileSync(
      join(folder, "layers.ts"),
      'import { dense } from "pinfer";\nexport const layers = [dense(3)];',
    );
    write({ network: "layers" });
    writeFileSync(path, `import { layers } from "./layers.js";\n${readFileSync(path, "utf8")}`);
    const { network } = await loadExperiment(path);
    expect(layersInOrder(network).map(({ layer }) => layer.kind)).toEqual(["dense"]);
  });

  it("of the street light trains to the lesson's numbers", async () => {
    const { network, history, test } = await trainExperiment(await loadExperiment(example("street-light")));
    expect(8 * history.epochs[59].loss).toBeCloseTo(1.660052964288212e-6, 17);
    expect(network.forward(Tensor.from([1, 3], [0, 1, 0], "float64")).data[0]).toBeCloseTo(
      0.9997819841583053,
      14,
    );
    expect(test?.metrics.accuracy).toBe(1);
  });

  it("of MNIST is right and finds its data", async () => {
    const { data, network } = await loadExperiment(example("mnist"));
    expect(layersInOrder(network).map(({ layer }) => layer.kind)).toEqual([
      "dense",
      "relu",
      "dense",
      "softmax",
    ]);
    const { train, test } = await (data as () => Promise<ExperimentData>)();
    expect([train.inputs.shape, test?.inputs.shape]).toEqual([
      [60000, 784],
      [10000, 784],
    ]);
    expect([...(train.targets as Uint8Array).subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect(Math.max(...train.inputs.data.subarray(0, 784))).toBe(1);
  });
});

describe("an experiment is refused", () => {
  it("when there is no such file", async () => {
    await expect(loadExperiment("no/such.ts")).rejects.toEqual(
      userError("there is no experiment no/such.ts"),
    );
  });

  it("when it throws: with file, line and its message, and the cause kept", async () => {
    writeFileSync(path, 'import { dense } from "pinfer";\n\nthrow new Error("boom " + dense(1).kind);\n');
    const error = await loadExperiment(path).catch((caught: unknown) => caught);
    expect(error).toEqual(userError(`${path}:3: boom dense`));
    expect((error as UserError).cause).toMatchObject({ message: "boom dense" });
  });

  it("when it throws something that is no error", async () => {
    writeFileSync(path, 'throw "a word";');
    await expect(loadExperiment(path)).rejects.toEqual(userError(`${path}: threw a word`));
  });

  it("when it misuses pinfer: with the line and pinfer's own hint", async () => {
    writeFileSync(
      path,
      'import { numpyUniform, dense } from "pinfer";\nvoid numpyUniform;\nexport default dense(0);',
    );
    await expect(loadExperiment(path)).rejects.toEqual(
      userError(`${path}:3: dense(units): units must be an integer above 0, found 0`),
    );
  });

  it("when it throws a UserError: with its hint", async () => {
    writeFileSync(path, 'import { UserError } from "pinfer";\nthrow new UserError("no data", "fetch some");');
    await expect(loadExperiment(path)).rejects.toMatchObject({
      message: `${path}:2: no data`,
      hint: "fetch some",
    });
  });

  it("when it does not parse", async () => {
    writeFileSync(path, "export default { name: \n");
    await expect(loadExperiment(path)).rejects.toThrow(`${path}:2: ParseError: Unexpected token`);
  });

  it("when its network's function throws, with the line", async () => {
    write({ network: "(x: never) => softmax()(\n    relu(x)(relu))" });
    const error = await trainExperiment(await loadExperiment(path)).catch((caught: unknown) => caught);
    expect(error).toEqual(
      userError(`${path}:8: a relu layer is called on a function, not on what a layer gives`),
    );
  });

  it("when its data function throws", async () => {
    write({ data: '() => {\n    throw new RangeError("no data today");\n  }' });
    await expect(trainExperiment(await loadExperiment(path))).rejects.toEqual(
      userError(`${path}:7: no data today`),
    );
  });

  it("when it exports nothing by default", async () => {
    writeFileSync(path, "export const experiment = {};");
    await expect(loadExperiment(path)).rejects.toEqual(userError(`${path} has no default export`));
  });

  it("when its data is not what it should be", async () => {
    write({ data: "() => ({ train: { inputs: [[1, 2]], targets: [1] } })" });
    await expect(trainExperiment(await loadExperiment(path))).rejects.toEqual(
      userError(
        'experiment "and": data.train must be { inputs: Tensor, targets: Tensor, Uint8Array or Int32Array }',
      ),
    );
  });

  it.each<[Record<string, string>, string]>([
    [{ name: '""' }, '.name must be a name, found ""'],
    [{ seed: "undefined" }, ".seed must be an integer 0..4294967295, found nothing"],
    [{ data: "4" }, ".data must be an object, found 4"],
    [{ data: "{}" }, ".data.train must be an object, found nothing"],
    [
      { network: "dense(2)" },
      ".network must be a list of layers or a function of the input, found one layer",
    ],
    [{ augment: "[2]" }, ".augment[0] must be an augmentation such as imageShift(2), found 2"],
    [{ network: "[]" }, ".network must be one layer or more, found an array of 0"],
    [{ network: "[dense(2), relu]" }, ".network[1] must be a layer such as dense(32), found a function"],
    [{ inputShape: "[0]" }, ".inputShape[0] must be an integer 1..134217728, found 0"],
    [{ dtype: '"int8"' }, '.dtype must be one of "float32", "float64", found "int8"'],
    [{ loss: "softmaxCrossEntropy" }, ".loss must be a loss such as softmaxCrossEntropy(), found a function"],
    [{ optimizer: '"adam"' }, '.optimizer must be an optimizer such as adam(), found "adam"'],
    [{ epochs: "0" }, ".epochs must be an integer 1..2147483647, found 0"],
    [{ batchSize: "1.5" }, ".batchSize must be an integer 1..2147483647, found 1.5"],
    [{ shuffle: "1" }, ".shuffle must be true or false, found 1"],
    [{ validation: "1" }, ".validation must be a share above 0 and below 1, found 1"],
    [{ earlyStop: "{}" }, ".earlyStop.patience must be an integer 1..2147483647, found nothing"],
    [{ metrics: '["accuracy"]' }, '.metrics[0] must be a metric such as accuracy, found "accuracy"'],
    [
      { quantize: '{ calibration: "max" }' },
      '.quantize.calibration must be one of "minMax", "percentile", "mse", found "max"',
    ],
    [
      { quantize: "{ percentile: 10 }" },
      ".quantize.percentile must be a number above 50, at most 100, found 10",
    ],
    [{ penalty: "0.01" }, ".penalty must be a penalty such as l2(0.001), found 0.01"],
    [{ clipGradients: "{ norm: 0 }" }, ".clipGradients.norm must be a number above 0, found 0"],
    [
      { clipGradients: "{ norm: 1, value: 1 }" },
      ".clipGradients must be { norm: … } or { value: … }, found an object",
    ],
    [{ clipGradients: "{ length: 1 }" }, '.clipGradients has no field "length"'],
    [
      { classWeights: "[1, -1]" },
      ".classWeights must be a list of numbers of 0 or more, one for each class, found an array of 2",
    ],
    [{ quantize: "{ samples: 0 }" }, ".quantize.samples must be an integer 1..2147483647, found 0"],
    [{ quantize: "{ method: 1 }" }, '.quantize has no field "method"'],
    [{ epoch: "3" }, ' has no field "epoch"'],
  ])("with %j", async (changes, message) => {
    write(changes);
    await expect(loadExperiment(path)).rejects.toEqual(userError(`${path}: experiment${message}`));
  });
});
