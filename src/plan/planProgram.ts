import { networkHash } from "../networkHash.js";
import type { ArenaSlot, KernelCall, Program } from "../program.js";
import type { IntegerRange } from "../quantize/accumulatorBounds.js";
import type { QuantizedLayer, QuantizedNetwork, QuantizedTensor } from "../quantizedNetwork.js";
import { elementCount } from "../tensor.js";
import { type Lifetime, planArena } from "./planArena.js";
import { type KernelChoice, planFullyConnected } from "./planFullyConnected.js";
import { planNormalization } from "./planNormalization.js";
import { planSoftmax } from "./planSoftmax.js";

/** The values each tensor can take: int8's, narrowed by the clamp or the table of the layer that makes it. */
function tensorRanges(network: QuantizedNetwork): IntegerRange[] {
  const ranges: IntegerRange[] = network.tensors.map(() => ({ min: -128, max: 127 }));
  for (const layer of network.layers) {
    if (layer.kind === "fullyConnected") {
      ranges[layer.output] = { min: layer.activationMin, max: layer.activationMax };
    } else if (layer.kind === "lookup") {
      ranges[layer.output] = { min: Math.min(...layer.table), max: Math.max(...layer.table) };
    }
  }
  return ranges;
}

function planLayer(
  network: QuantizedNetwork,
  layer: QuantizedLayer,
  ranges: readonly IntegerRange[],
): KernelChoice {
  const inputIndex = layer.inputs[0]!;
  const input = network.tensors[inputIndex]!;
  const output = network.tensors[layer.output]!;
  switch (layer.kind) {
    case "fullyConnected":
      return planFullyConnected(layer, input, output, ranges[inputIndex]!);
    case "lookup":
      return {
        kernel: "lookup",
        layer: { size: elementCount(input.shape), table: layer.table },
        macs: 0,
      };
    case "normalization":
      return planNormalization(layer, input, output);
    case "softmax":
      return planSoftmax(layer, input, output);
  }
}

function tensorBytes({ shape, elementType }: QuantizedTensor): number {
  return elementCount(shape) * (elementType === "int16" ? 2 : 1);
}

/** From the call that writes a tensor (the first call for the network's input) to the last that reads it. */
function tensorLifetimes(network: QuantizedNetwork): Map<number, Lifetime> {
  const lastCall = network.layers.length - 1;
  const lifetimes = new Map<number, Lifetime>();
  const use = (tensor: number, call: number): void => {
    const bytes = tensorBytes(network.tensors[tensor]!);
    const known = lifetimes.get(tensor);
    lifetimes.set(tensor, {
      bytes,
      firstCall: Math.min(known?.firstCall ?? call, call),
      lastCall: Math.max(known?.lastCall ?? call, call),
    });
  };
  use(network.input, 0);
  for (const [call, layer] of network.layers.entries()) {
    for (const input of layer.inputs) use(input, call);
    use(layer.output, call);
  }
  use(network.output, lastCall);
  return lifetimes;
}

/**
 * Plans a network: chooses and settles a kernel for every layer, packs its tables and lays out the arena.
 *
 * @throws UserError naming the layer where the network cannot run in int32 arithmetic
 */
export function planProgram(network: QuantizedNetwork): Program {
  const lifetimes = tensorLifetimes(network);
  const tensorsInArena = [...lifetimes.keys()];
  const plan = planArena([...lifetimes.values()]);
  const slots = new Map<number, ArenaSlot>(
    tensorsInArena.map((tensor, index) => {
      const { name, shape, quantization, elementType = "int8" } = network.tensors[tensor]!;
      const bytes = lifetimes.get(tensor)!.bytes;
      return [tensor, { name, shape, elementType, ...quantization, bytes, offset: plan.offsets[index]! }];
    }),
  );
  const ranges = tensorRanges(network);
  const calls: KernelCall[] = network.layers.map((layer) => ({
    ...planLayer(network, layer, ranges),
    name: layer.name,
    inputs: layer.inputs.map((input) => slots.get(input)!),
    output: slots.get(layer.output)!,
  }));
  return {
    name: network.name,
    hash: networkHash(network),
    calls,
    input: slots.get(network.input)!,
    output: slots.get(network.output)!,
    arenaBytes: plan.bytes,
    arenaLowerBoundBytes: plan.lowerBoundBytes,
  };
}
