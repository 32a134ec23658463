import { UserError } from "../../base/errors.js";
import type { FloatArray, Tensor } from "../../base/tensor.js";

/** When a training ends before its last epoch. */
export interface EarlyStop {
  /** Epochs without a new best that are waited for before training stops: 1 or more. */
  readonly patience: number;
}

/** The best epoch so far and its values; none before the first epoch has ended. */
export interface BestEpochState {
  readonly epoch: number;
  readonly loss: number;
  readonly values: readonly FloatArray[];
}

/** Remembers the best epoch by its loss and keeps a copy of that epoch's parameters and statistics. */
export class BestEpoch {
  epoch = 0;
  private loss = Number.POSITIVE_INFINITY;
  private readonly copies: FloatArray[];

  constructor(
    private readonly tensors: readonly { value: Tensor }[],
    private readonly patience: number,
  ) {
    if (!Number.isInteger(patience) || patience < 1) {
      throw new UserError(`earlyStop.patience must be an integer above 0, found ${patience}`);
    }
    this.copies = tensors.map(({ value }) => value.data.slice());
  }

  /** @returns true when training should stop */
  record(epoch: number, loss: number): boolean {
    if (loss < this.loss) {
      this.loss = loss;
      this.epoch = epoch;
      this.tensors.forEach(({ value }, index) => {
        this.copies[index].set(value.data);
      });
    }
    return epoch - this.epoch >= this.patience;
  }

  /** Undefined while there is no best. */
  state(): BestEpochState | undefined {
    if (this.epoch === 0) return undefined;
    return { epoch: this.epoch, loss: this.loss, values: this.copies.map((copy) => copy.slice()) };
  }

  /** Goes on from {@link state}. */
  resume({ epoch, loss, values }: BestEpochState): void {
    this.epoch = epoch;
    this.loss = loss;
    this.copies.forEach((copy, index) => {
      copy.set(values[index]);
    });
  }

  restore(): void {
    this.tensors.forEach(({ value }, index) => {
      value.data.set(this.copies[index]);
    });
  }
}
