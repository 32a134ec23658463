import type { QuantizedNetwork } from "../network/quantizedNetwork.js";

/** What a network takes, whatever it runs on. */
export interface NetworkCost {
  /** Layers that are calls: all but reshapes. */
  readonly layers: number;
  /** Output channels of convolutions and fully connected layers. */
  readonly channels: number;
  /** Multiply-accumulates, those on padding included. */
  readonly macs: number;
  /** int8 weights and int32 biases. */
  readonly weightBytes: number;
}

/** What a pass did to one layer. */
export interface LayerChange {
  readonly layer: string;
  /** "64 → 28 channels" */
  readonly what: string;
}

/** What a pass did to the network. */
export interface PassReport {
  readonly pass: string;
  readonly before: NetworkCost;
  readonly after: NetworkCost;
  /** Empty where there was nothing to do. */
  readonly changes: readonly LayerChange[];
}

/** A network after a pass: its output has the same bytes for every input. */
export interface PassResult {
  readonly network: QuantizedNetwork;
  readonly changes: readonly LayerChange[];
}

/** Rewrites a network so that it computes the same bytes with less. Tensors keep their indices. */
export type NetworkPass = (network: QuantizedNetwork) => PassResult;
