import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UserError, type Warning } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { readBytes, writeFilesAtomically } from "../base/files.js";
import { type KeptKind, openKept, sealKept } from "../base/keptFile.js";
import { readModel, writeModel } from "../model/modelFile.js";
import { hasWholeWeights, removeModel } from "../model/modelWeights.js";
import type { Outcome } from "./outcome.js";

/** What a search is of; a folder's results belong to one. */
export interface SearchIdentity {
  /** The metric that is judged by. */
  readonly metric: string;
  readonly candidates: number;
  /** SHA-256 of the experiment and of what it imports. */
  readonly code: string;
  /** What the experiment's data is. */
  readonly data: string;
  /** The version of pinfer. */
  readonly pinfer: string;
}

/** What an earlier run left, if it was of the same search. */
export interface EarlierResults {
  readonly outcomes: readonly Outcome[];
  /** Results of another search were put aside. */
  readonly warning?: Warning;
}

/** A line of the results: a candidate, and the SHA-256 of its model's description, where it is trained. */
interface StoredOutcome {
  readonly outcome: Outcome;
  readonly model: string | undefined;
}

const kind: KeptKind = { format: "pinfer search", version: 2 };

/**
 * A search's folder:
 *
 *   results.jsonl        a first line that seals the file, what is searched, then a line for each candidate that is done
 *   candidates/7.json    candidate 7 as a model, while no other beats it
 *   model.json           the best
 *   search.html          the picture
 *   before-1/            results and candidates of another search, which this folder was used for before
 */
export class SearchFolder {
  private identity: SearchIdentity | undefined;
  private stored: readonly StoredOutcome[] = [];

  constructor(readonly path: string) {}

  get resultsPath(): string {
    return join(this.path, "results.jsonl");
  }

  get bestPath(): string {
    return join(this.path, "model.json");
  }

  get picturePath(): string {
    return join(this.path, "search.html");
  }

  private get candidatesPath(): string {
    return join(this.path, "candidates");
  }

  modelPath(candidate: number): string {
    return join(this.candidatesPath, `${candidate}.json`);
  }

  /** Whether a candidate's model is there, and is the one that its result tells of. */
  hasModel(candidate: number): boolean {
    const path = this.modelPath(candidate);
    const expected = this.stored.find(({ outcome }) => outcome.number === candidate)?.model;
    return expected !== undefined && hashOf(path) === expected && hasWholeWeights(path);
  }

  /**
   * Opens the folder for adding results. Those of another search are put aside, with their models.
   *
   * @param isFresh whether earlier results are thrown away
   * @returns what is done
   * @throws UserError when the results are damaged, or the folder cannot be written
   */
  open(identity: SearchIdentity, isFresh: boolean): EarlierResults {
    if (isFresh) this.removeResults();
    const found = existsSync(this.resultsPath) ? this.read() : undefined;
    const difference = found && findDifference(found.identity, identity);
    const warning = difference === undefined ? undefined : this.putAside(difference);
    mkdirSync(this.candidatesPath, { recursive: true });
    this.identity = identity;
    this.stored = warning === undefined ? (found?.stored ?? []) : [];
    this.write();
    return { outcomes: this.stored.map(({ outcome }) => outcome), ...(warning && { warning }) };
  }

  /** Adds a result, in the place of an earlier one of the candidate; it is on the disk when this returns. */
  append(outcome: Outcome): void {
    const model = "failure" in outcome ? undefined : hashOf(this.modelPath(outcome.number));
    const others = this.stored.filter((stored) => stored.outcome.number !== outcome.number);
    this.stored = [...others, { outcome, model }];
    this.write();
  }

  removeModel(candidate: number): void {
    removeModel(this.modelPath(candidate));
  }

  /** Copies a candidate's model to {@link bestPath}. */
  keepBest(candidate: number): void {
    writeModel(this.bestPath, readModel(this.modelPath(candidate)));
  }

  writePicture(page: string): void {
    writeFilesAtomically([{ path: this.picturePath, data: page }]);
  }

  private write(): void {
    const outcomes = this.stored.map(({ outcome, model }) => ({ ...outcome, model }));
    const lines = [this.identity, ...outcomes].map((line) => `${JSON.stringify(line)}\n`);
    writeFilesAtomically([{ path: this.resultsPath, data: sealKept(kind, lines.join("")) }]);
  }

  private removeResults(): void {
    const names = existsSync(this.path) ? readdirSync(this.path) : [];
    for (const name of names.filter((each) => /^(results\.jsonl|candidates|before-\d+)$/.test(each))) {
      rmSync(join(this.path, name), { recursive: true, force: true });
    }
  }

  private putAside(difference: string): Warning {
    const used = new Set(readdirSync(this.path));
    let number = 1;
    while (used.has(`before-${number}`)) number += 1;
    const folder = join(this.path, `before-${number}`);
    mkdirSync(folder);
    renameSync(this.resultsPath, join(folder, "results.jsonl"));
    if (existsSync(this.candidatesPath)) renameSync(this.candidatesPath, join(folder, "candidates"));
    return {
      message: `${this.path} has results of another search: ${difference}; all candidates are trained again`,
      hint: `the earlier results are in ${folder}, which goes on with -o when all is as it was; --fresh removes such`,
    };
  }

  private read(): { readonly identity: Fields; readonly stored: readonly StoredOutcome[] } {
    const hint = "give another folder with -o, or start anew with --fresh";
    const text = openKept(kind, readBytes(this.resultsPath), this.resultsPath, hint).toString("utf8");
    const [identity, ...lines] = text
      .split("\n")
      .slice(0, -1)
      .map((line, index) => new Fields(`${this.resultsPath}:${index + 2}`, JSON.parse(line), hint));
    return { identity, stored: lines.map(readStored) };
  }
}

const numbersOfTrained = ["float", "int8", "macs", "flashBytes", "ramBytes", "parameters", "keptEpoch"];

function readStored(line: Fields): StoredOutcome {
  line.integer("number", 1, 2 ** 31);
  line.object("values");
  if (line.has("failure")) line.string("failure");
  else {
    for (const name of numbersOfTrained) line.number(name);
    line.string("hash");
  }
  const { model, ...outcome } = line.raw as Outcome & { model?: string };
  return { outcome, model: line.has("model") ? line.string("model") : undefined };
}

const words: Readonly<Record<keyof SearchIdentity, string>> = {
  metric: "the metric",
  candidates: "the number of candidates",
  code: "the experiment, or a file that it imports,",
  data: "the data",
  pinfer: "the version of pinfer",
};

/** "the data changed since it began"; undefined when nothing did. */
function findDifference(found: Fields, identity: SearchIdentity): string | undefined {
  const names = Object.keys(words) as (keyof SearchIdentity)[];
  const name = names.find((each) => found.value(each) !== identity[each]);
  return name === undefined ? undefined : `${words[name]} changed since it began`;
}

/** SHA-256 of a file; undefined when it cannot be read. */
function hashOf(path: string): string | undefined {
  try {
    return createHash("sha256").update(readBytes(path)).digest("hex");
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
