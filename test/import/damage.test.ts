import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { Random } from "../../src/base/random.js";
import { importTflite } from "../../src/import/importTflite.js";
import { readTflite } from "../../src/import/readTflite.js";
import { buildTflite, ModelBuilder, type ModelSpec } from "./buildTflite.js";
import { everyOperator } from "./everyOperator.js";
import { hasMlperfTiny, readModelFile } from "./mlperfTiny.js";
import { mutate, structuralPositions } from "./mutate.js";
import { operatorModels } from "./operatorModels.js";
import { survive } from "./survive.js";

const small = buildTflite(everyOperator());

/** The bytes with the 32-bit number at a position changed. */
function withWord(bytes: Uint8Array, position: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  new DataView(changed.buffer).setUint32(position, value, true);
  return changed;
}

const edit = (change: Partial<ModelSpec>): Uint8Array => buildTflite({ ...everyOperator(), ...change });

describe("a file that is no model", () => {
  it.each<[string, Uint8Array, string]>([
    ["is empty", new Uint8Array(0), 'test.tflite: bytes 4 to 7 of a .tflite model are "TFL3", found ""'],
    [
      "is text",
      new TextEncoder().encode("<!doctype html><title>404</title>"),
      'test.tflite: bytes 4 to 7 of a .tflite model are "TFL3", found "ctyp"',
    ],
    [
      "is what Git LFS leaves in the place of one",
      new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 132\n"),
      "test.tflite is a Git LFS pointer of 68 B, not the model that it stands for",
    ],
    [
      "is another FlatBuffers file",
      edit({ identifier: "ONNX" }),
      'test.tflite: bytes 4 to 7 of a .tflite model are "TFL3", found "ONNX"',
    ],
    ["is of an old schema", edit({ version: 2 }), "test.tflite is of schema version 2; version 3 is read"],
    ["has no subgraph", edit({ subgraphs: 0 }), "test.tflite holds no subgraph and so no network"],
    [
      "begins behind its end",
      withWord(small, 0, 2 ** 32 - 8),
      `test.tflite: model should lie within the file, found bytes 4294967288 to 4294967291 of a file of ${small.length}`,
    ],
    [
      "names a tensor that it does not have",
      edit({ inputs: [29] }),
      "test.tflite: subgraph 0 has tensor 29 among its inputs; the file has 29 tensors",
    ],
    [
      "names a tensor before the first",
      edit({ outputs: [-1] }),
      "test.tflite: subgraph 0 has tensor -1 among its outputs; the file has 29 tensors",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => importTflite(bytes, "test.tflite", "test")).toThrow(
      expect.objectContaining({ name: "UserError", message }),
    );
  });
});

describe("what a small file may ask for is bounded", () => {
  it("the same tensor shown again and again is refused, before the file's bytes are read five times", () => {
    const bytes = edit({ repeatLastTensor: 40_000 });
    expect(bytes.length).toBeLessThan(200_000);
    expect(() => readTflite(bytes, "test.tflite")).toThrow("found the same bytes again and again");
  });

  it("more tensors than any network has are refused", () => {
    expect(() => readTflite(edit({ repeatLastTensor: 60_000 }), "test.tflite")).toThrow(
      "subgraph 0 has 60028 values of tensor, at most 50000 are read",
    );
  });

  it("weights that many layers share are copied up to what a flash holds", () => {
    const model = new ModelBuilder();
    const weights = model.weights([1024, 1024], [0.01]);
    const tensors = Array.from({ length: 66 }, () => model.activation([1, 1024]));
    for (let i = 0; i < 65; i++) {
      model.add({ type: "FULLY_CONNECTED", inputs: [tensors[i], weights], outputs: [tensors[i + 1]] });
    }
    expect(() => importTflite(buildTflite({ ...model.spec(), inputs: [1] }), "test.tflite", "test")).toThrow(
      "operator 64 (FULLY_CONNECTED) has more weights than any microcontroller's flash holds, with the operators before it",
    );
  });

  it("activations are read up to what no microcontroller runs", () => {
    const model = new ModelBuilder();
    const tensors = Array.from({ length: 6 }, () => model.activation([1, 4096, 4096, 1]));
    for (let i = 0; i < 5; i++)
      model.add({ type: "QUANTIZE", inputs: [tensors[i]], outputs: [tensors[i + 1]] });
    expect(() => importTflite(buildTflite({ ...model.spec(), inputs: [0] }), "test.tflite", "test")).toThrow(
      "test.tflite: tensor 4 has 16777216 values, 83886080 with all before it; at most 67108864 are read",
    );
  });

  it("a file larger than any flash is not read", () => {
    expect(() => readTflite(new Uint8Array(2 ** 26 + 1), "test.tflite")).toThrow(
      "67108865 B; models of at most 67108864 B are imported",
    );
  });

  it("names of tensors are cut", () => {
    const [first, ...others] = everyOperator().tensors;
    const bytes = edit({ tensors: [{ ...first, name: "x".repeat(5000) }, ...others] });
    expect(readTflite(bytes, "test.tflite").tensors[0].name).toHaveLength(1000);
  });
});

describe("damaged files give a network that holds together or a UserError, never anything else", () => {
  it("cut at every byte", () => {
    for (let length = 0; length < small.length; length++) {
      expect(() => importTflite(small.subarray(0, length), "test.tflite", "test")).toThrow(UserError);
    }
  });

  /** Seeds are fixed, so the counts are those of every run. */
  function expectSurvival(bytes: Uint8Array, count: number): { imported: number; complaints: Set<string> } {
    const constants = readTflite(bytes, "test.tflite").tensors.flatMap(({ data }) => data ?? []);
    const positions = structuralPositions(bytes, constants);
    const complaints = new Set<string>();
    let imported = 0;
    for (let seed = 1; seed <= count; seed++) {
      const mutant = mutate(bytes, positions, new Random(seed));
      let complaint: string | undefined;
      try {
        complaint = survive(mutant);
      } catch (cause) {
        throw new Error(`mutant ${seed}: ${(cause as Error).stack}`, { cause });
      }
      if (complaint === undefined) imported++;
      else complaints.add(complaint.replace(/-?\d[\d.e+]*/g, "#"));
    }
    return { imported, complaints };
  }

  it("mutants of the model with every operator", () => {
    const { imported, complaints } = expectSurvival(small, 3000);
    // the mutations reach behind the tables' own checks
    expect(imported).toBeGreaterThan(50);
    expect(complaints.size).toBeGreaterThan(100);
  });

  it("mutants that are planned and run when they can be imported", () => {
    const positions = structuralPositions(small, []);
    for (let seed = 1; seed <= 600; seed++)
      survive(mutate(small, positions, new Random(seed)), { plans: true });
  });

  /** What models with scales from the smallest to the largest float32 are refused with; undefined among it where one is not. */
  function complaintsOfScales(make: () => ModelSpec, count: number): Set<string | undefined> {
    const scales = [2 ** -149, 2 ** -126, 1e-30, 1e-9, 1e-3, 0.5, 1e3, 1e9, 1e30, 3e38];
    const fixed = [1 / 256, 1 / 128];
    const complaints = new Set<string | undefined>();
    for (let seed = 1; seed <= count; seed++) {
      const random = new Random(seed);
      const maybe = (scale: number) =>
        random.integer(2) === 0 ? scale : scales[random.integer(scales.length)];
      // activations that share a scale go on sharing it, so that no operator is refused for that
      const replaced = new Map(fixed.map((scale) => [scale, scale]));
      const ofActivation = (scale: number): number => {
        if (!replaced.has(scale)) replaced.set(scale, maybe(scale));
        return replaced.get(scale)!;
      };
      const spec = make();
      const tensors = spec.tensors.map((tensor) => ({
        ...tensor,
        ...(tensor.scales && { scales: tensor.scales.map(tensor.data ? maybe : ofActivation) }),
      }));
      const complaint = survive(buildTflite({ ...spec, tensors }), { plans: true });
      complaints.add(complaint?.replace(/-?\d[\d.e+-]*/g, "#"));
    }
    return complaints;
  }

  it("scales from the smallest to the largest float32 are planned or refused by name", () => {
    const complaints = complaintsOfScales(everyOperator, 500);
    expect(complaints.size).toBeGreaterThan(5);
    expect(complaints).toContain(undefined);
    for (const make of Object.values(operatorModels)) complaintsOfScales(make, 30);
  });

  it.skipIf(!hasMlperfTiny)("mutants of the keyword network", () => {
    const { imported, complaints } = expectSurvival(readModelFile("kws"), 600);
    expect(imported).toBeGreaterThan(10);
    expect(complaints.size).toBeGreaterThan(20);
  });
});
