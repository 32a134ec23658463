export interface Requirement {
  readonly id: string;
  readonly why: string;
  readonly tests: boolean;
  readonly packages: Readonly<Record<"apt" | "brew" | "dnf" | "pacman", readonly string[]>>;
}
export interface Facts {
  readonly nodeVersion: string;
  readonly packagesCurrent: boolean;
  readonly missing: readonly string[];
  readonly packageManager: "apt" | "brew" | "dnf" | "pacman" | null;
  readonly isRoot: boolean;
  readonly hasSudo: boolean;
}
export interface Step {
  readonly say: string;
  readonly commands: readonly (readonly string[])[];
}
export interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}
export const requirements: readonly Requirement[];
export const chromiumPrograms: readonly string[];
export function planSetup(
  facts: Facts,
): { error: string; steps?: undefined } | { error?: undefined; steps: Step[] };
export function packagesAreCurrent(lock: LockFile, installed: LockFile | null): boolean;
