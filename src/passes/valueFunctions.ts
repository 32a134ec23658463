import { isSameQuantization, quantizationOf } from "../network/quantization.js";
import type {
  QuantizedLayer,
  QuantizedLookup,
  QuantizedNetwork,
  QuantizedRequantize,
} from "../network/quantizedNetwork.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import { channelRanges } from "./channelRanges.js";
import { requantizeTable } from "./requantizeTable.js";
import { bypass, hasOneReader, producerOf, type RewriteOnce, repeat, replaceLayers } from "./rewrite.js";

/** A layer whose output values each depend on one input value. */
type ValueFunction = QuantizedLookup | QuantizedRequantize;

function isValueFunction(layer: QuantizedLayer | undefined): layer is ValueFunction {
  return layer?.kind === "lookup" || layer?.kind === "requantize";
}

/** All 256 results of a function of one value; undefined for a requantize that cannot run, and where not all is int8. */
function tableOf(layer: ValueFunction, network: QuantizedNetwork): Int8Array | undefined {
  if (layer.kind === "lookup") return layer.table instanceof Int8Array ? layer.table : undefined;
  const [input, output] = [network.tensors[layer.inputs[0]!]!, network.tensors[layer.output]!];
  if (input.elementType !== "int8" || output.elementType !== "int8") return undefined;
  return requantizeTable(quantizationOf(input), quantizationOf(output));
}

/** The clamp that a table is for the inputs of a range; undefined when it is none. */
function clampOf(table: Int8Array, { min, max }: IntegerRange): IntegerRange | undefined {
  const [low, high] = [table[min + 128]!, table[max + 128]!];
  for (let value = min; value <= max; value++) {
    if (table[value + 128] !== Math.min(Math.max(value, low), high)) return undefined;
  }
  return { min: low, max: high };
}

/** A clamp behind a layer that has one of its own, or behind a value that it does not change, needs no call. */
const fuseOneClamp: RewriteOnce = (network) => {
  if (!network.layers.some(isValueFunction)) return undefined;
  const ranges = channelRanges(network);
  for (const layer of network.layers) {
    if (!isValueFunction(layer)) continue;
    const [input, output] = [layer.inputs[0]!, layer.output];
    if (!isSameQuantization(network.tensors[input]!, network.tensors[output]!)) continue;
    const channels = ranges[input]!;
    const range = {
      min: Math.min(...channels.map(({ min }) => min)),
      max: Math.max(...channels.map(({ max }) => max)),
    };
    const table = tableOf(layer, network);
    const clamp = table && clampOf(table, range);
    if (!clamp) continue;
    const producer = producerOf(network, input);
    if (clamp.min <= range.min && range.max <= clamp.max) {
      const without = bypass(network, layer);
      if (without)
        return { network: without, change: { layer: layer.name, what: "changes no value: left out" } };
    } else if (producer && "activationMin" in producer && hasOneReader(network, input)) {
      const limit = (value: number): number => Math.min(Math.max(value, clamp.min), clamp.max);
      const fused = {
        ...producer,
        output,
        activationMin: limit(producer.activationMin),
        activationMax: limit(producer.activationMax),
      };
      return {
        network: replaceLayers(network, [
          [producer, fused],
          [layer, undefined],
        ]),
        change: { layer: layer.name, what: `the clamp of ${producer.name}` },
      };
    }
  }
  return undefined;
};

/** Two functions of one value behind each other are one table. */
const composeOnePair: RewriteOnce = (network) => {
  for (const second of network.layers) {
    if (!isValueFunction(second) || !hasOneReader(network, second.inputs[0]!)) continue;
    const first = producerOf(network, second.inputs[0]!);
    if (!isValueFunction(first)) continue;
    const [inner, outer] = [tableOf(first, network), tableOf(second, network)];
    if (!inner || !outer) continue;
    const nameOf = (layer: ValueFunction): string =>
      layer.kind === "lookup" ? layer.activation : layer.kind;
    const composed: QuantizedLookup = {
      kind: "lookup",
      name: second.name,
      inputs: first.inputs,
      output: second.output,
      activation: `${nameOf(first)}, ${nameOf(second)}`,
      table: inner.map((value) => outer[value + 128]!),
    };
    return {
      network: replaceLayers(network, [
        [first, undefined],
        [second, composed],
      ]),
      change: { layer: first.name, what: `in the table of ${second.name}` },
    };
  }
  return undefined;
};

/** Puts clamps (ReLU, ReLU6) into the layers before them, where all values that occur give equal results. */
export const fuseActivations = repeat(fuseOneClamp);

/** Makes one table of functions of one value that follow each other, requantizations among them. */
export const composeTables = repeat(composeOnePair);
