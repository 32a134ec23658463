import { Random } from "../../src/base/random.js";
import { Tensor } from "../../src/base/tensor.js";
import { quantizeNetwork } from "../../src/quantize/quantizeNetwork.js";
import type { LayerGroup, LayerSpec } from "../../src/train/layers/graph.js";
import { bidirectional, gru, lstm, simpleRnn } from "../../src/train/layers/recurrentSpecs.js";
import { buildNetwork } from "../../src/train/network/network.js";

/** What recurrent layers can be, over series of 9 steps of 3. */
export const recurrentLayers: readonly (readonly [string, LayerSpec | LayerGroup])[] = [
  ["lstm, the last step", lstm(5)],
  ["lstm, all steps backwards", lstm(4, { returns: "all", backwards: true })],
  ["gru, all steps", gru(5, { returns: "all" })],
  ["gru, the last step backwards", gru(7, { backwards: true })],
  ["simpleRnn, the last step", simpleRnn(5)],
  ["simpleRnn, all steps backwards", simpleRnn(3, { returns: "all", backwards: true })],
  ["both ways", bidirectional(gru(3, { returns: "all" }))],
];

/** A network of one such layer with random parameters, quantized for the samples. */
export function recurrentNetwork(layer: LayerSpec | LayerGroup) {
  const random = new Random(5);
  const network = buildNetwork("n", [9, 3], [layer], random, "float64");
  for (const { value, isWeight } of network.parameters()) {
    for (let k = 0; k < value.data.length; k++) {
      value.data[k] = isWeight ? value.data[k] * 1.5 : value.data[k] + 0.5 * random.normal();
    }
  }
  const samples = Tensor.zeros([12, 9, 3], "float64");
  for (let k = 0; k < samples.data.length; k++) samples.data[k] = random.normal();
  return { network, samples, quantized: quantizeNetwork(network, samples) };
}
