import { Tensor } from "../base/tensor.js";
import type { Dataset } from "../train/data/dataset.js";
import { givesLogits, thresholdOf } from "../train/fitting/outputThreshold.js";
import type { Loss } from "../train/losses/loss.js";
import type { Network } from "../train/network/network.js";
import { classesOf } from "./confusion.js";

/** The shares a network gives each class over a grid of the plane, at one epoch. */
export interface BoundaryFrame {
  /** 0: before the first step. */
  readonly epoch: number;
  /**
   * [planes][rows][columns] as 0..255, rows from the bottom: for two classes the share of the second, for more the
   * share of each.
   */
  readonly shares: Uint8Array;
}

export interface BoundaryRecording {
  readonly gridSize: number;
  /** [least, most] of the first and the second input on the grid. */
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly classes: number;
  readonly frames: readonly BoundaryFrame[];
}

const gridSize = 44;
const maxFrames = 60;
/** Of all frames together: what they add to a page, a third more in base64. */
const maxBytes = 200_000;
const leastFrames = 6;
/** Around the samples, as a share of their extent. */
const margin = 0.12;

/** Can the decision boundary of this network be drawn: two inputs, a few classes? */
export function hasBoundary(network: Network, dataset: Dataset): boolean {
  const inputs = network.inputShape.reduce((product, size) => product * size, 1);
  const outputs = network.outputShape.reduce((product, size) => product * size, 1);
  return (
    inputs === 2 &&
    outputs * leastFrames * gridSize * gridSize <= maxBytes &&
    classesOf(dataset.targets, outputs) !== undefined
  );
}

/**
 * Records how a two-input network divides the plane while it learns. How much is kept is bounded, however long
 * training takes: frames are close at first, where most happens, and further apart later.
 */
export class BoundaryRecorder {
  private readonly frames: BoundaryFrame[] = [];
  private readonly epochs: ReadonlySet<number>;
  private readonly grid: Tensor;
  private readonly outputs: number;
  private readonly x: readonly [number, number];
  private readonly y: readonly [number, number];

  /** @param epochs that training will take at most */
  constructor(
    private readonly network: Network,
    private readonly dataset: Dataset,
    epochs: number,
    private readonly loss: Loss,
  ) {
    this.outputs = network.outputShape.reduce((product, size) => product * size, 1);
    this.x = extent(dataset.inputs, 0);
    this.y = extent(dataset.inputs, 1);
    this.grid = makeGrid(network, this.x, this.y);
    const planes = this.outputs === 2 ? 1 : this.outputs;
    const count = Math.min(maxFrames, Math.floor(maxBytes / (planes * gridSize * gridSize)));
    this.epochs = chooseEpochs(epochs, count);
  }

  /**
   * To be called before training (epoch 0) and after every epoch; keeps the chosen ones.
   *
   * @returns whether this is one of them
   */
  record(epoch: number): boolean {
    const isChosen = this.epochs.has(epoch);
    if (isChosen) this.frames.push(this.draw(epoch));
    return isChosen;
  }

  /** @param keptEpoch whose parameters the network has now; shown last */
  finish(keptEpoch: number): BoundaryRecording {
    return {
      gridSize,
      x: this.x,
      y: this.y,
      classes: Math.max(2, this.outputs),
      frames: [...this.frames.filter(({ epoch }) => epoch < keptEpoch), this.draw(keptEpoch)],
    };
  }

  /** What was recorded so far, to go on from later. */
  state(): readonly BoundaryFrame[] {
    return [...this.frames];
  }

  restore(frames: readonly BoundaryFrame[]): void {
    this.frames.splice(0, this.frames.length, ...frames);
  }

  private draw(epoch: number): BoundaryFrame {
    const { data } = this.network.forward(this.grid);
    const cells = gridSize * gridSize;
    const isShares = this.network.layers.at(-1)?.kind === "softmax";
    const planes = this.outputs <= 2 ? 1 : this.outputs;
    const shares = new Uint8Array(planes * cells);
    const row = new Float64Array(this.outputs);
    for (let cell = 0; cell < cells; cell++) {
      row.set(data.subarray(cell * this.outputs, (cell + 1) * this.outputs));
      if (this.outputs === 1) {
        shares[cell] = toByte(this.shareOfOne(row[0]));
        continue;
      }
      if (!isShares) softmaxInPlace(row);
      if (planes === 1) shares[cell] = toByte(row[1]);
      else for (let plane = 0; plane < planes; plane++) shares[plane * cells + cell] = toByte(row[plane]);
    }
    return { epoch, shares };
  }

  private shareOfOne(value: number): number {
    if (givesLogits(this.network, this.loss)) return 1 / (1 + Math.exp(-value));
    return thresholdOf(this.network, this.loss, this.dataset.targets) === 0 ? (value + 1) / 2 : value;
  }
}

/** 0, the last, and squares in between: at most `count` different epochs. */
function chooseEpochs(epochs: number, count: number): ReadonlySet<number> {
  return new Set(
    Array.from({ length: count }, (_, index) => Math.round((index / (count - 1)) ** 2 * epochs)),
  );
}

function extent(inputs: Tensor, column: 0 | 1): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = column; index < inputs.data.length; index += 2) {
    least = Math.min(least, inputs.data[index]);
    most = Math.max(most, inputs.data[index]);
  }
  const room = most > least ? (most - least) * margin : 1;
  return [least - room, most + room];
}

function makeGrid(network: Network, x: readonly [number, number], y: readonly [number, number]): Tensor {
  const grid = Tensor.zeros([gridSize * gridSize, ...network.inputShape], network.dtype);
  const place = ([least, most]: readonly [number, number], index: number) =>
    least + ((most - least) * index) / (gridSize - 1);
  for (let row = 0; row < gridSize; row++) {
    for (let column = 0; column < gridSize; column++) {
      grid.data.set([place(x, column), place(y, row)], 2 * (row * gridSize + column));
    }
  }
  return grid;
}

function softmaxInPlace(scores: Float64Array): void {
  const most = Math.max(...scores);
  let sum = 0;
  for (let index = 0; index < scores.length; index++) sum += scores[index] = Math.exp(scores[index] - most);
  for (let index = 0; index < scores.length; index++) scores[index] /= sum;
}

function toByte(share: number): number {
  return Math.round(255 * Math.min(1, Math.max(0, share)));
}
