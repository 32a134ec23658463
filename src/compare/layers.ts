import type { Shape } from "../base/tensor.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { KernelCall, Program } from "../program/program.js";
import { type Difference, findDifferences, type LayerDifference } from "./outputs.js";
import { placeIn } from "./place.js";

/** One layer's outputs for all samples. */
export interface LayerComparison {
  /** Position in the order of running, from 0. */
  readonly layer: number;
  readonly name: string;
  readonly kind: KernelCall["kind"];
  readonly shape: Shape;
  readonly bytesCompared: number;
  readonly bytesDifferent: number;
  readonly samplesDifferent: number;
  readonly firstDifference: Difference | null;
}

/** Called with every layer's output; both are [program.calls[layer].output.shape]. */
export type LayerListener = (
  layer: number,
  sample: number,
  host: ActivationData,
  device: ActivationData,
) => void;

/** Compares all layers of one sample after the other. */
export class LayerComparer {
  private readonly layers: LayerComparison[];
  /** The first layer, in the order of running, that differs in the first sample that does. */
  firstDifference: LayerDifference | null;

  constructor(
    program: Program,
    private readonly listen: LayerListener = () => undefined,
    /** What was compared before; goes on from there. */
    before?: {
      readonly layers: readonly LayerComparison[];
      readonly firstDifference: LayerDifference | null;
    },
    /** Of a sequence, where the network keeps states. */
    private readonly steps?: number,
  ) {
    this.firstDifference = before?.firstDifference ?? null;
    this.layers = before
      ? [...before.layers]
      : program.calls.map(({ name, kind, output }, layer) => ({
          layer,
          name,
          kind,
          shape: output.shape,
          bytesCompared: 0,
          bytesDifferent: 0,
          samplesDifferent: 0,
          firstDifference: null,
        }));
  }

  /** @param host one output for each layer, as `device` */
  add(sample: number, host: readonly ActivationData[], device: readonly ActivationData[]): void {
    for (const [layer, expected] of host.entries()) {
      const found = device[layer]!;
      const before = this.layers[layer]!;
      const { bytes, first: index } = findDifferences(expected, found);
      const difference =
        index === undefined
          ? null
          : { ...placeIn(sample, this.steps), index, host: expected[index]!, device: found[index]! };
      this.layers[layer] = {
        ...before,
        bytesCompared: before.bytesCompared + expected.byteLength,
        bytesDifferent: before.bytesDifferent + bytes,
        samplesDifferent: before.samplesDifferent + Number(difference !== null),
        firstDifference: before.firstDifference ?? difference,
      };
      if (difference) this.firstDifference ??= { layer, name: before.name, ...difference };
      this.listen(layer, sample, expected, found);
    }
  }

  /** One entry for each layer, in the order of running. */
  get comparisons(): readonly LayerComparison[] {
    return this.layers;
  }
}
