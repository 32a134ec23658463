import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.js";
import { Tensor } from "../../../src/base/tensor.js";
import { Heap } from "../../../src/train/engine/heap.js";
import { floatFields, layouts } from "../../../src/train/engine/jobs.js";
import { compileKernels } from "../../../src/train/engine/kernels.js";
import { Machine } from "../../../src/train/engine/machine.js";
import { type EngineName, openEngine } from "../../../src/train/engine/openEngine.js";
import { fit } from "../../../src/train/fitting/fit.js";
import { dense } from "../../../src/train/layers/dense.js";
import { relu } from "../../../src/train/layers/elementWise.js";
import { createParameter } from "../../../src/train/layers/layer.js";
import { softmax } from "../../../src/train/layers/softmax.js";
import { softmaxCrossEntropy } from "../../../src/train/losses/softmaxCrossEntropy.js";
import { buildNetwork } from "../../../src/train/network/network.js";
import { adam } from "../../../src/train/optimizers/adam.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the engine", () => {
  it("is WebAssembly for float32 and TypeScript for float64", () => {
    expect([openEngine("float32").name, openEngine("float64").name]).toEqual(["wasm", "typescript"]);
  });

  it("is TypeScript when asked for, and where the kernels are missing", () => {
    expect(openEngine("float32", { engine: "plain" }).name).toBe("typescript");
    expect(compileKernels("no such file")).toBeUndefined();
  });

  it("gives back all memory when it is closed", () => {
    const before = Machine.get()?.heap.usedBytes;
    const engine = openEngine("float32");
    engine.createFloats("float32", 1000);
    expect(Machine.get()?.heap.usedBytes).toBeGreaterThan(before ?? 0);
    engine.close();
    expect(Machine.get()?.heap.usedBytes).toBe(before);
  });

  it("gives zeros, also where something else was before", () => {
    const first = openEngine("float32");
    first.createFloats("float32", 100).fill(7);
    first.close();
    const second = openEngine("float32");
    expect(second.createFloats("float32", 100)).toEqual(new Float32Array(100));
    second.close();
  });

  it("brings parameters back to the arrays they came from", () => {
    const value = Tensor.from([3], [1, 2, 3]);
    const parameter = createParameter("weights", value);
    const engine = openEngine("float32");
    engine.take([parameter]);
    expect(parameter.value).not.toBe(value);
    parameter.value.data[1] = 20;
    engine.close();
    expect(parameter.value).toBe(value);
    expect([...value.data]).toEqual([1, 20, 3]);
  });

  it("leaves parameters alone that another engine has", () => {
    const parameter = createParameter("weights", Tensor.from([1], [1]));
    const [outer, inner] = [openEngine("float32"), openEngine("float32")];
    outer.take([parameter]);
    const taken = parameter.value;
    inner.take([parameter]);
    inner.close();
    expect(parameter.value).toBe(taken);
    outer.close();
  });
});

describe("training", () => {
  async function train(engine: EngineName): Promise<readonly number[]> {
    const random = new Random(5);
    const inputs = Tensor.zeros([90, 64], "float32");
    for (let index = 0; index < inputs.data.length; index++) {
      inputs.data[index] = random.uniform() < 0.7 ? 0 : random.normal();
    }
    const targets = Int32Array.from({ length: 90 }, () => random.integer(10));
    const network = buildNetwork("n", [64], [dense(33), relu(), dense(10), softmax()], random);
    // biome-ignore lint/suspicious/noFocusedTests: this fit trains a network
    await fit(
      network,
      { inputs, targets },
      {
        loss: softmaxCrossEntropy(),
        optimizer: adam(),
        epochs: 3,
        batchSize: 32,
        random,
        validation: 0.1,
        engine,
      },
    );
    return network.parameters().flatMap(({ value }) => [...value.data]);
  }

  it("gives the same bits in WebAssembly as in TypeScript", async () => {
    expect(await train("fast")).toEqual(await train("plain"));
  });
});

describe("the heap", () => {
  const heap = () => new Heap(new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true }), 1024);

  it("gives room at multiples of 64 with room behind it", () => {
    const memory = heap();
    expect([1, 64, 65].map((bytes) => memory.allocate(bytes))).toEqual([1024, 1152, 1280]);
  });

  it("joins what is given back, whatever the order", () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [0, 2, 1],
      [1, 0, 2],
    ]) {
      const memory = heap();
      const blocks = [1000, 2000, 3000].map((bytes) => memory.allocate(bytes) ?? 0);
      for (const which of order) memory.release(blocks[which]);
      expect(memory.usedBytes).toBe(0);
      expect(memory.allocate(65536 - 1024 - 64)).toBe(1024);
    }
  });

  it("grows, keeps old views valid and knows them as its own", () => {
    const memory = heap();
    const old = new Float32Array(memory.memory.buffer, memory.allocate(400), 100).fill(3);
    const address = memory.allocate(100_000);
    expect(address).toBeDefined();
    expect(memory.holds(old)).toBe(true);
    expect(memory.holds(new Float32Array(memory.memory.buffer, address, 10))).toBe(true);
    expect(memory.holds(new Float32Array(10))).toBe(false);
    expect([...old]).toEqual(new Array(100).fill(3));
  });

  it("has an end", () => {
    expect(heap().allocate(4 * 65536)).toBeUndefined();
  });

  it("refuses to take back what it did not give", () => {
    expect(() => heap().release(2048)).toThrow("no block begins at 2048");
  });
});

describe("jobs", () => {
  const sources = readdirSync(`${root}assembly`)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(`${root}assembly/${name}`, "utf8"))
    .join("\n");
  const declared = Object.fromEntries(
    [...sources.matchAll(/export class (\w+) \{([^}]*)\}/g)].map(([, name, body]) => [
      name,
      [...body.matchAll(/^\s*(\w+): (\w+);/gm)].map(([, field, type]) => ({
        field,
        isFloat: type === "f32",
      })),
    ]),
  );

  it("are laid out as the kernels declare them", () => {
    const written = Object.entries(layouts).map(([name, fields]) => [
      name,
      fields.map((field) => ({ field, isFloat: floatFields.has(field) })),
    ]);
    expect(declared).toEqual(Object.fromEntries(written));
  });
});
