import { UserError } from "../../base/errors.js";
import type { Parameter } from "../layers/layer.js";
import { Recurrent } from "../layers/recurrent.js";
import type { Network } from "./network.js";
import type { PassTransform } from "./passTransform.js";

export interface PruningSettings {
  /** Share of the output channels of every layer with weights, but the last, that is zero in the end: 0..1. */
  readonly share: number;
  /** Epochs over which channels go; default half of all. The other epochs train what is left. */
  readonly epochs?: number;
}

/** A layer's output channels: rows of its weights, and their biases. */
interface Channels {
  readonly weights: Parameter;
  readonly bias: Parameter | undefined;
  readonly count: number;
  /** Distance between two weights of one channel, and number of weights: rows, or columns of a depthwise kernel. */
  readonly isLastAxis: boolean;
  readonly isPruned: Uint8Array;
}

/**
 * Takes output channels out of a network while it trains: those with the smallest weights are set to zero, a few more
 * after each epoch, and stay zero. An exporter can leave such channels out, since they compute nothing.
 *
 * Source: Zhu and Gupta 2017, arXiv:1710.01878 §3, whose cubic schedule this is, for channels instead of weights.
 */
export class ChannelPruning implements PassTransform {
  private readonly layers: readonly Channels[];
  private readonly epochs: number;
  private readonly zeroesBias: boolean;
  private isMarked = false;

  /** @throws UserError when the share is not in 0..1 */
  constructor(
    network: Network,
    private readonly settings: PruningSettings,
    allEpochs: number,
  ) {
    if (!(settings.share >= 0 && settings.share < 1)) {
      throw new UserError(`prune.share must be 0 or more and below 1, found ${settings.share}`);
    }
    // a batch normalization folded into a pruned channel left a constant in its bias
    this.zeroesBias = settings.share > 0;
    this.epochs = settings.epochs ?? Math.max(1, Math.floor(allEpochs / 2));
    // a channel of a recurrent layer has rows in each gate, and others' sums go through it
    const withWeights = network.layers.filter(
      (layer) => !(layer instanceof Recurrent) && layer.parameters.some(({ isWeight }) => isWeight),
    );
    this.layers = withWeights.slice(0, -1).map(({ kind, parameters }) => {
      const weights = parameters.find(({ isWeight }) => isWeight)!;
      const isLastAxis = kind === "depthwiseConv2d";
      const count = weights.value.shape.at(isLastAxis ? -1 : 0)!;
      const bias = parameters.find(({ name }) => name === "bias");
      return { weights, bias, count, isLastAxis, isPruned: new Uint8Array(count) };
    });
  }

  /** Keeps at zero, in further training, what is zero now. */
  static ofZeros(network: Network): ChannelPruning {
    const pruning = new ChannelPruning(network, { share: 0 }, 1);
    pruning.begin();
    return pruning;
  }

  /** Chooses the channels that go after an epoch, counted from 1. */
  endEpoch(epoch: number): void {
    const done = Math.min(1, epoch / this.epochs);
    const share = this.settings.share * (1 - (1 - done) ** 3);
    for (const layer of this.layers) choose(layer, Math.floor(share * layer.count));
    this.stepped();
  }

  /** What is zero before the first step, as after a training that is resumed, was pruned and stays so. */
  begin(): void {
    if (this.isMarked) return;
    this.isMarked = true;
    for (const layer of this.layers) {
      squaresOf(layer).forEach((square, channel) => {
        layer.isPruned[channel] = Number(square === 0);
      });
    }
  }

  stepped(): void {
    for (const { weights, bias, count, isLastAxis, isPruned } of this.layers) {
      const values = weights.value.data;
      const size = values.length / count;
      for (let channel = 0; channel < count; channel++) {
        if (isPruned[channel] === 0) continue;
        for (let i = 0; i < size; i++) values[isLastAxis ? i * count + channel : channel * size + i] = 0;
        if (bias !== undefined && this.zeroesBias) bias.value.data[channel] = 0;
      }
    }
  }

  activation(): void {}

  gradient(): void {}

  end(): void {}

  state(): number[][] {
    return this.layers.map(({ isPruned }) => [...isPruned]);
  }

  restore(state: unknown): void {
    (state as number[][]).forEach((isPruned, index) => {
      this.layers[index].isPruned.set(isPruned);
    });
  }
}

/** Marks channels as pruned until `target` are: those with the smallest sum of squared weights. */
function choose(layer: Channels, target: number): void {
  const { count, isPruned } = layer;
  const squares = squaresOf(layer);
  const left = [...squares.keys()].filter((channel) => isPruned[channel] === 0);
  left.sort((a, b) => squares[a] - squares[b] || a - b);
  const missing = target - (count - left.length);
  for (const channel of left.slice(0, Math.max(0, missing))) isPruned[channel] = 1;
}

/** Each channel's sum of squared weights. */
function squaresOf({ weights, count, isLastAxis }: Channels): number[] {
  const values = weights.value.data;
  const size = values.length / count;
  return Array.from({ length: count }, (_, channel) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += values[isLastAxis ? i * count + channel : channel * size + i] ** 2;
    return sum;
  });
}
