import { UserError } from "../base/errors.js";
import { FIRST_BAUD, type Line } from "./line.js";

/** The rate of a line, which both sides may raise together; a board that starts anew has the first one. */
export class LinkRate {
  /** Whoever tries it looks after the way back. */
  isOnTrial = false;
  private present = FIRST_BAUD;

  constructor(private readonly line: Line) {}

  get baud(): number {
    return this.present;
  }

  get isRaised(): boolean {
    return this.present !== FIRST_BAUD;
  }

  /** @throws UserError when the line has none */
  expectSettable(): void {
    if (this.line.setBaud !== undefined) return;
    throw new UserError(
      `${this.line.name} has no rate that can be set`,
      "set it where the port is, or take rfc2217://",
    );
  }

  /** @throws UserError when the port cannot run at this one */
  async set(baud: number): Promise<void> {
    await this.line.setBaud!(baud);
    this.present = baud;
  }

  async fallBack(): Promise<void> {
    if (this.isRaised) await this.set(FIRST_BAUD);
  }
}
