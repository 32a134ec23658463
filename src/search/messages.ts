import type { Outcome } from "./outcome.js";

/** What the parent tells a child to do: train a candidate, and write its model to a path. */
export interface Task {
  readonly candidate: number;
  readonly modelPath: string;
}

/** What a child tells its parent. */
export type Answer =
  | { readonly kind: "ready" }
  | { readonly kind: "progress"; readonly share: number }
  | { readonly kind: "done"; readonly outcome: Outcome }
  /** The user's mistake that concerns every candidate. */
  | { readonly kind: "refused"; readonly message: string; readonly hint: string | undefined };
