import { UserError } from "../errors.js";
import type { FloatArray, Tensor } from "../tensor.js";

export interface EarlyStop {
  /** Epochs without a new best that are waited for before training stops: 1 or more. */
  readonly patience: number;
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

  restore(): void {
    this.tensors.forEach(({ value }, index) => {
      value.data.set(this.copies[index]);
    });
  }
}
