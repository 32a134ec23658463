import type { PinPlan } from "../../src/pins/planPins.js";
import type { ArenaOwner } from "../generatedNetwork.js";
import type { NetworkFacts } from "../networkFacts.js";
import type { ExportedFile, TextFile } from "../networkFiles.js";
import type { FilesFacts } from "../printReadme.js";

/** What there is to tell others' tools of a network's C, settled. */
export interface ProjectFacts {
  /** What everything is called: "gesture". */
  readonly name: string;
  readonly network: NetworkFacts;
  /** File names of the network's C, and where they lie in this layout: "include/gesture.h". */
  readonly headers: readonly string[];
  readonly sources: readonly string[];
  readonly arena: ArenaOwner;
  /** Of the pins that the caller reads and drives. */
  readonly pins: PinPlan | undefined;
  /** The caller's program answers pinfer. */
  readonly hasLink: boolean;
}

/**
 * A library's version, where tools want one: networks have none, so the first that is whole, with the network's hash, which
 * says which one it is and orders nothing (semver.org, 10).
 */
export function versionOf({ hash }: NetworkFacts): string {
  return `1.0.0+${hash.slice(0, 8)}`;
}

/** How one kind of project wants a network's C: plain data, of which exportProject makes a folder. */
export interface Layout {
  /** Whose project takes it: "a CMake project". */
  readonly project: string;
  /** Folders of the network's files, "" for the export's own. */
  readonly headers: string;
  readonly sources: string;
  /** Names that the tools keep for themselves. */
  readonly takenNames: readonly string[];
  /** Files that the tools read, and those that show how. */
  describe(facts: ProjectFacts): readonly TextFile[];
  /** One file of all the others, where the tools want that. */
  readonly pack?: (facts: ProjectFacts, files: readonly TextFile[]) => ExportedFile;
  /** What they are for, by their paths. */
  explain(facts: ProjectFacts): readonly FilesFacts[];
  /** At most three steps that bring it into a project. */
  readonly steps: (facts: ProjectFacts) => readonly string[];
  /** What is typed or written there. */
  readonly snippet: (facts: ProjectFacts) => { readonly language: string; readonly lines: readonly string[] };
}
