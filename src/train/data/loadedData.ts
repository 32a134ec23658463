import { UserError } from "../../base/errors.js";
import type { ExperimentData, Skipped } from "./dataset.js";

/** What a reader of data gives: parts for an experiment, and what else the files tell. */
export interface LoadedData extends ExperimentData {
  readonly skipped: Skipped;
}

/** What happens to a row (or file) that cannot be read: all stops, or it is left out and counted. */
export type OnBad = "throw" | "skip";

const keptMessages = 5;

/** Collects complaints about rows or files, or throws the first. */
export class BadRows {
  private count = 0;
  private readonly first: string[] = [];

  /** @param option the option's name and value, for the hint */
  constructor(
    private readonly onBad: OnBad,
    private readonly option: string,
  ) {
    if (onBad !== "throw" && onBad !== "skip") {
      throw new UserError(`${option} must be "throw" or "skip", found ${JSON.stringify(onBad)}`);
    }
  }

  add(message: string): void {
    if (this.onBad === "throw") {
      throw new UserError(message, `mend it, or leave such out and count them with ${this.option}: "skip"`);
    }
    this.count += 1;
    if (this.first.length < keptMessages) this.first.push(message);
  }

  get skipped(): Skipped {
    return { count: this.count, first: this.first };
  }

  /** @throws UserError when nothing was left to read */
  expectSome(name: string, found: number, what: string): void {
    if (found > 0) return;
    const why = this.count === 0 ? "" : `; ${this.count} cannot be read: ${this.first[0]}`;
    throw new UserError(`${name}: holds no ${what}${why}`);
  }
}
