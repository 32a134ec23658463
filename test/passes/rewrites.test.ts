import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { onlyOutput } from "../../src/network/ports.js";
import type {
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { applyPasses } from "../../src/passes/applyPasses.js";
import { mergePads, viewReshapes } from "../../src/passes/shapeLayers.js";
import { dropUnreadLayers } from "../../src/passes/unreadLayers.js";
import { composeTables, fuseActivations } from "../../src/passes/valueFunctions.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { ports } from "../support/ports.js";
import { runReference } from "../support/referenceNetwork.js";

const seeds = fc.integer({ min: 0, max: 2 ** 31 });
const passes = { applyPasses, dropUnreadLayers, mergePads, viewReshapes, composeTables, fuseActivations };

describe("every pass", () => {
  it.each(Object.entries(passes))("%s leaves the output's bytes as they are", (_, pass) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const network = randomPlantedNetwork(seed);
        const input = randomInput(network, seed);
        const { network: after } = pass(network);
        const [expected] = runReference(network, input).slice(onlyOutput(network).tensor);
        expect(runReference(after, input)[onlyOutput(after).tensor]).toEqual(expected);
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it.each(Object.entries(passes))("%s has nothing left to do in a second run", (_, pass) => {
    for (let seed = 0; seed < 20; seed++) {
      const once = pass(randomPlantedNetwork(seed)).network;
      expect(pass(once).network).toEqual(once);
    }
  });

  it("says what it saved", () => {
    const network = randomPlantedNetwork(3);
    const { reports } = applyPasses(network);
    expect(reports.map(({ pass }) => pass)).toEqual([
      "unread layers",
      "reshapes",
      "padding",
      "activations",
      "tables",
      "constant channels",
    ]);
    for (const [index, { before }] of reports.entries()) {
      if (index > 0) expect(before).toEqual(reports[index - 1].after);
    }
    const [first, last] = [reports[0].before, reports[reports.length - 1].after];
    expect(last.macs).toBeLessThan(first.macs);
    expect(last.weightBytes).toBeLessThan(first.weightBytes);
    expect(last.channels).toBeLessThan(first.channels);
  });
});

const at = (scale: number, zeroPoint: number) => ({ quantization: { scale, zeroPoint } });
const image = { elementType: "int8", shape: [4, 4, 1], ...at(1, -5) } as const;

/** A chain: each layer reads the tensor before it. */
function chain(
  tensors: readonly Omit<QuantizedTensor, "name">[],
  layers: readonly object[],
): QuantizedNetwork {
  return {
    name: "chain",
    tensors: tensors.map((tensor, i) => ({ name: `t${i}`, ...tensor })),
    ...ports(0, tensors.length - 1),
    layers: layers.map(
      (layer, i) =>
        ({ name: `layer ${i}`, inputs: [i], output: i + 1, ...layer }) as unknown as QuantizedLayer,
    ),
  };
}

const inside = { top: 0, bottom: 0, left: 0, right: 0 };
const convolution = {
  kind: "convolution",
  kernelSize: [1, 1],
  strides: [1, 1],
  dilations: [1, 1],
  padding: inside,
  weights: Int8Array.of(2),
  weightScales: [0.5],
  bias: Int32Array.of(0),
  activationMin: -128,
  activationMax: 127,
};
const table = (value: (x: number) => number) => ({
  kind: "lookup",
  activation: "f",
  table: Int8Array.from({ length: 256 }, (_, i) => value(i - 128)),
});
const relu = table((x) => Math.max(x, -5));
const kinds = ({ layers }: QuantizedNetwork) => layers.map(({ kind }) => kind);

describe("fusing activations", () => {
  it("puts a clamp into the layer before it", () => {
    const { network, changes } = fuseActivations(chain([image, image, image], [convolution, relu]));
    expect(network.layers).toMatchObject([
      { kind: "convolution", activationMin: -5, activationMax: 127, output: 2 },
    ]);
    expect(changes).toEqual([{ layer: "layer 1", what: "the clamp of layer 0" }]);
  });

  it("looks only at values that occur: a table that differs beyond the clamp is a clamp", () => {
    const odd = table((x) => (x > 100 ? 0 : Math.max(x, -5)));
    const clamped = { ...convolution, activationMax: 100 };
    expect(kinds(fuseActivations(chain([image, image, image], [clamped, odd])).network)).toEqual([
      "convolution",
    ]);
    const free = chain([image, image, image], [convolution, odd]);
    expect(kinds(fuseActivations(free).network)).toEqual(["convolution", "lookup"]);
  });

  it("leaves a table that is no clamp, and one that changes scale or zero point", () => {
    const halved = chain([image, image, image], [convolution, table((x) => x >> 1)]);
    expect(fuseActivations(halved).network).toBe(halved);
    const other = chain([image, image, { ...image, ...at(2, -5) }], [convolution, relu]);
    expect(fuseActivations(other).network).toBe(other);
  });

  it("leaves a clamp whose input others read too", () => {
    const both = chain([image, image, image], [convolution, relu]);
    const add = {
      kind: "add",
      name: "add",
      inputs: [1, 2],
      output: 3,
      activationMin: -128,
      activationMax: 127,
    };
    const network = {
      ...both,
      tensors: [...both.tensors, { name: "sum", ...image }],
      ...ports(0, 3),
      layers: [...both.layers, add as QuantizedLayer],
    };
    expect(fuseActivations(network).network).toBe(network);
  });

  it("drops what changes no value, also behind the network's input", () => {
    const network = chain([image, image, image], [{ kind: "requantize" }, convolution]);
    expect(fuseActivations(network).network.layers).toMatchObject([
      { kind: "convolution", inputs: [0], output: 2 },
    ]);
  });
});

describe("unread layers", () => {
  it("go, with all that only they need", () => {
    const network = chain([image, image, image, image], [convolution, relu, relu]);
    expect(dropUnreadLayers(network).network).toBe(network);
    const { network: after, changes } = dropUnreadLayers({ ...network, ...ports(0, 1) });
    expect(kinds(after)).toEqual(["convolution"]);
    expect(changes.map(({ layer }) => layer)).toEqual(["layer 1", "layer 2"]);
  });
});

describe("composing tables", () => {
  it("makes one table of two, a requantization among them", () => {
    const network = chain([image, image, { ...image, ...at(2, 3) }], [relu, { kind: "requantize" }]);
    const { network: after } = composeTables(network);
    expect(kinds(after)).toEqual(["lookup"]);
    const input = Int8Array.from({ length: 16 }, (_, i) => 16 * i - 128);
    expect(runReference(after, input)[2]).toEqual(runReference(network, input)[2]);
  });
});

describe("padding", () => {
  const padded = { elementType: "int8", shape: [5, 6, 1], ...at(1, -5) } as const;
  const pad = { kind: "pad", before: [1, 0, 0], after: [0, 2, 0], value: -5 };
  const wide = { ...convolution, kernelSize: [2, 3], weights: Int8Array.of(1, 2, 3, 4, 5, 6) };

  it("of real 0 becomes the convolution's own", () => {
    const network = chain([image, padded, image], [pad, wide]);
    const { network: after, changes } = mergePads(network);
    expect(after.layers).toMatchObject([
      { kind: "convolution", inputs: [0], padding: { top: 1, bottom: 0, left: 0, right: 2 } },
    ]);
    expect(changes).toEqual([{ layer: "layer 0", what: "the padding of layer 1" }]);
  });

  it.each([
    ["of another value", { ...pad, value: 0 }, wide],
    [
      "in front of pooling, which counts none",
      pad,
      {
        kind: "maxPool",
        kernelSize: [2, 3],
        strides: [1, 1],
        padding: inside,
        activationMin: -128,
        activationMax: 127,
      },
    ],
    ["that would leave a window without image", pad, { ...convolution, kernelSize: [1, 1] }],
  ])("%s stays", (_, first, second) => {
    const last = second.kernelSize[0] === 1 ? padded : image;
    const network = chain([image, padded, last], [first, second]);
    expect(mergePads(network).network).toBe(network);
  });

  it("along channels stays", () => {
    const network = chain(
      [image, { ...image, shape: [4, 4, 2] }, image],
      [
        { ...pad, before: [0, 0, 1], after: [0, 0, 0] },
        { ...convolution, weights: Int8Array.of(1, 2) },
      ],
    );
    expect(mergePads(network).network).toBe(network);
  });
});

describe("reshapes", () => {
  it("join, and vanish where the shape is the same", () => {
    const [flat, tall] = [
      { ...image, shape: [16] },
      { ...image, shape: [8, 2] },
    ];
    const reshape = { kind: "reshape" };
    const joined = viewReshapes(chain([image, image, flat, tall], [convolution, reshape, reshape]));
    expect(joined.network.layers).toMatchObject([
      { kind: "convolution" },
      { kind: "reshape", inputs: [1], output: 3 },
    ]);
    expect(joined.changes).toEqual([
      { layer: "layer 1", what: "one with layer 2" },
      { layer: "layer 2", what: "no call: the same memory" },
    ]);
    const same = viewReshapes(chain([image, image, image], [convolution, reshape]));
    expect(same.network.layers).toMatchObject([{ kind: "convolution", output: 2 }]);
  });
});
