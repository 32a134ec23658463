import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { readText, writeFilesAtomically } from "../base/files.js";
import { readModel, writeModel } from "../model/modelFile.js";
import type { Outcome } from "./outcome.js";

/** What a search is of; a folder's results belong to one. */
export interface SearchIdentity {
  /** SHA-256 of the experiment file. */
  readonly experiment: string;
  readonly candidates: number;
  readonly metric: string;
}

const format = "pinfer search";
const version = 1;

/**
 * A search's folder:
 *
 *   results.jsonl        what is searched, then a line for each candidate that is done; only ever added to
 *   candidates/7.json    candidate 7 as a model, while no other beats it
 *   model.json           the best
 *   search.html          the picture
 */
export class SearchFolder {
  private file: number | undefined;

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

  modelPath(candidate: number): string {
    return join(this.path, "candidates", `${candidate}.json`);
  }

  hasModel(candidate: number): boolean {
    return existsSync(this.modelPath(candidate));
  }

  /**
   * Opens the folder for adding results. A last line that was cut short is dropped.
   *
   * @param isFresh whether earlier results are thrown away
   * @returns what is done
   * @throws UserError when the results are of another search, or damaged
   */
  open(identity: SearchIdentity, isFresh: boolean): Outcome[] {
    if (isFresh) {
      for (const path of [this.resultsPath, join(this.path, "candidates")])
        rmSync(path, { recursive: true, force: true });
    }
    mkdirSync(join(this.path, "candidates"), { recursive: true });
    const outcomes = existsSync(this.resultsPath) ? this.read(identity) : [];
    const lines = [{ format, version, ...identity }, ...outcomes].map((line) => `${JSON.stringify(line)}\n`);
    writeFilesAtomically([{ path: this.resultsPath, data: lines.join("") }]);
    this.file = openSync(this.resultsPath, "a");
    return outcomes;
  }

  /** Adds a result; it is on the disk when this returns. */
  append(outcome: Outcome): void {
    if (this.file === undefined) throw new Error("the folder is not open");
    writeSync(this.file, `${JSON.stringify(outcome)}\n`);
    fsyncSync(this.file);
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  removeModel(candidate: number): void {
    const path = this.modelPath(candidate);
    for (const file of [path, path.replace(/json$/, "safetensors")]) rmSync(file, { force: true });
  }

  /** Copies a candidate's model to {@link bestPath}. */
  keepBest(candidate: number): void {
    writeModel(this.bestPath, readModel(this.modelPath(candidate)));
  }

  writePicture(page: string): void {
    writeFilesAtomically([{ path: this.picturePath, data: page }]);
  }

  private read(identity: SearchIdentity): Outcome[] {
    const whole = readText(this.resultsPath).split("\n").slice(0, -1); // after the last newline: cut short
    const [head, ...lines] = whole.map((text, index) => this.parse(text, index + 1));
    if (head === undefined) return [];
    const hint = "give another folder with -o, or start anew with --fresh";
    if (head.value("format") !== format || head.value("version") !== version) {
      throw new UserError(`${this.resultsPath}: is no file of a search`, hint);
    }
    for (const [name, expected] of Object.entries(identity)) {
      if (head.value(name) === expected) continue;
      throw new UserError(
        `${this.resultsPath}: is of another search: the ${name} changed since it began`,
        hint,
      );
    }
    const outcomes = lines.map((line) => {
      line.integer("number", 1, identity.candidates);
      line.object("values");
      if (!line.has("failure")) {
        for (const name of ["float", "int8", "macs", "flashBytes", "ramBytes", "parameters"])
          line.number(name);
      }
      return line.raw as Outcome;
    });
    // A candidate whose model was gone has been trained again.
    return [...new Map(outcomes.map((outcome) => [outcome.number, outcome])).values()];
  }

  private parse(text: string, line: number): Fields {
    try {
      return new Fields(`${this.resultsPath}:${line}`, JSON.parse(text));
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(
        `${this.resultsPath}:${line}: ${(cause as Error).message}`,
        "start anew with --fresh",
        {
          cause,
        },
      );
    }
  }
}
