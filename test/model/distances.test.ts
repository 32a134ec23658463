import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readModel, writeModel } from "../../src/model/modelFile.js";
import type { QuantizedNetwork, QuantizedTensor } from "../../src/network/quantizedNetwork.js";
import { nearestCentroidNetwork, squaredDistanceNetwork } from "../support/distanceNetworks.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-distances-"));
const path = join(folder, "model.json");
afterAll(() => rmSync(folder, { recursive: true }));

function kept(quantized: QuantizedNetwork): QuantizedNetwork | undefined {
  writeModel(path, { network: undefined, quantized });
  return readModel(path).quantized;
}

const reconstruction = squaredDistanceNetwork(Int8Array.from({ length: 256 }, (_, i) => 127 - i));
const clusters = nearestCentroidNetwork(1, 2, 3, -128, 0, 127);

/** With a change of one tensor. */
const changed = (network: QuantizedNetwork, index: number, change: Partial<QuantizedTensor>) => ({
  ...network,
  tensors: network.tensors.with(index, { ...network.tensors[index]!, ...change }),
});

describe("a model file with distances", () => {
  it("gives them back", () => {
    expect(kept(reconstruction)).toEqual(reconstruction);
    expect(kept(clusters)).toEqual(clusters);
  });

  it("is refused where tensors do not fit each other", () => {
    const refused = (network: QuantizedNetwork, message: string) =>
      expect(() => kept(network)).toThrow(message);
    const quantization = { scale: 0.5, zeroPoint: -7 };
    refused(
      changed(reconstruction, 0, { quantization }),
      "layers[1].output must be a tensor of the inputs' scale and zero point",
    );
    refused(changed(reconstruction, 2, { shape: [2] }), "layers[1].output must be a tensor of one value");
    refused(changed(clusters, 1, { shape: [2] }), "layers[0].output must be a tensor of one value");
    refused(
      changed(changed(reconstruction, 0, { shape: [33026] }), 1, { shape: [33026] }),
      "layers[1].inputs must be up to 33025 values",
    );
  });
});
