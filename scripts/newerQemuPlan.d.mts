export const pinsMachine: string;

export interface BackportsPlan {
  readonly error?: string;
  readonly suite?: string;
  readonly file?: string;
  readonly text?: string;
}

export function deriveBackports(
  release: string,
  sources: readonly { readonly path: string; readonly text: string }[],
): BackportsPlan;
