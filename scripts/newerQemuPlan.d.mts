export const pinsMachine: string;
export const newerQemuFolder: string;

export interface BackportsPlan {
  readonly error?: string;
  readonly suite?: string;
  readonly from?: string;
  readonly ending?: ".list" | ".sources";
  readonly text?: string;
}

export function deriveBackports(
  release: string,
  sources: readonly { readonly path: string; readonly text: string }[],
): BackportsPlan;
