import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import type { Shape } from "../base/tensor.js";
import { expectOnePort } from "../network/ports.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import { type Flow, StreamBuilder, type StreamNote } from "./streamBuilder.js";
import { streamLayer } from "./streamLayer.js";

/** A network of windows as one that takes their rows as they come. */
export interface StreamedNetwork {
  /** Takes `hop` rows a run; what it needs of earlier ones are states. The first run that counts comes after its `fillRuns`. */
  readonly network: QuantizedNetwork;
  /** Rows of the window network's input that each run takes. */
  readonly hop: number;
  /** Rows from the first that a run's answer looks at to the newest; 0 where the network gives rows. */
  readonly window: number;
  /** Layers that compute the whole window anew in every run, though others of their kind go row by row. */
  readonly notes: readonly StreamNote[];
}

/**
 * The network that gives, each `hop` rows, what the given one gives for the window that ends there, byte for byte, once
 * its `fillRuns` are over. Layers that look at some rows keep those that later rows need; what looks at the whole window
 * keeps all of them. Before, states hold real 0. What audioFeatures() knows of noise goes on from run to run, where each window
 * begins with none: there, answers are the windows' but for that.
 *
 * @param network takes [time, …]
 * @param hop rows a run; default: as few as may be, the product of strides in time
 * @throws UserError where windows of branches do not end at the same row, or there are states or several inputs already
 */
export function streamNetwork(
  network: QuantizedNetwork,
  { hop }: { readonly hop?: number } = {},
): StreamedNetwork {
  expectOnePort({ ...network, outputs: [network.outputs[0]] }, "a stream", "give a network with one input");
  if (network.states.length > 0) {
    throw new UserError(
      oneLine`network "${network.name}" keeps states from run to run: it is a stream already`,
      "`pinfer predict`, `compare` and `export-firmware` take it as it is",
    );
  }
  // strides are known when all layers were gone through: once with a step that every product of them divides
  const least = follow(network, strideProduct(network), 0).leastHop;
  const chosen = hop ?? least;
  const rows = windowShape(network)[0] ?? 1;
  if (!Number.isInteger(chosen) || chosen < 1 || chosen > rows || chosen % least !== 0) {
    throw new UserError(
      `a step of the stream must be a multiple of ${least} rows, up to the window's ${rows}, found ${chosen}`,
      least > rows ? "train a network with smaller strides in time" : `give ${least}`,
    );
  }
  const { end } = follow(network, chosen, 0);
  return follow(network, chosen, end).finish(chosen);
}

function windowShape({ inputs: [input], tensors }: QuantizedNetwork): Shape {
  return tensors[input.tensor].shape;
}

function strideProduct({ layers }: QuantizedNetwork): number {
  const strides = layers.map((layer) =>
    layer.kind === "audioFeatures"
      ? [layer.frontEnd.stepSamples, 1]
      : "strides" in layer && layer.kind !== "copy"
        ? layer.strides
        : [1, 1],
  );
  return strides.reduce((product, [vertical, horizontal]) => product * vertical * horizontal, 1);
}

/** @param end where the windows of all that is whole must end, in input rows behind the newest */
function follow(network: QuantizedNetwork, hop: number, end: number): StreamBuilder {
  const builder = new StreamBuilder(network, hop, end);
  for (const layer of network.layers) {
    const flows = layer.inputs.map((tensor) => builder.flowOf(tensor));
    const flow: Flow = flows.every(({ kind }) => kind === "whole")
      ? builder.keep(layer, flows)
      : streamLayer(builder, layer, flows);
    builder.set(layer.output, flow);
  }
  return builder;
}
