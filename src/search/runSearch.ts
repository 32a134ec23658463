import { createHash } from "node:crypto";
import { readBytes } from "../base/files.js";
import { importExperimentFile, readExperiment } from "../experiment/experiment.js";
import { type Candidate, listCandidates } from "./candidates.js";
import { bestOutcome, type Goal, isTrained, type Outcome, paretoLine, type Trained } from "./outcome.js";
import { checkSearch, type Search } from "./search.js";
import type { SearchFolder } from "./searchFolder.js";
import { goalOf } from "./trainCandidate.js";
import { workThrough } from "./workers.js";

/** Everything that is known of a search. */
export interface SearchResult {
  readonly name: string;
  readonly goal: Goal;
  readonly search: Search;
  readonly candidates: readonly Candidate[];
  /** Ascending by number. All, when the search is done. */
  readonly outcomes: readonly Outcome[];
  /** What no other candidate beats. */
  readonly pareto: readonly Trained[];
  readonly best: Trained | undefined;
}

export interface SearchOptions {
  /** Processes at a time. */
  readonly jobs: number;
  /** Whether earlier results in the folder are thrown away. */
  readonly isFresh: boolean;
  readonly signal: AbortSignal;
  /** @param done candidates, with the running ones' shares; at first those of an earlier run */
  readonly onProgress?: (done: number, result: SearchResult) => void;
}

/**
 * Trains every candidate that has no result in the folder yet, and keeps the best. Each result is on the disk before
 * the next candidate starts in its process; so whatever stops the search, the same call goes on.
 *
 * @throws UserError when the experiment has no search or cannot be trained, or the folder is of another search
 */
export async function runSearch(
  path: string,
  folder: SearchFolder,
  options: SearchOptions,
): Promise<SearchResult> {
  const exported = await importExperimentFile(path);
  const search = checkSearch(path, exported.search);
  const experiment = readExperiment(path, exported.default);
  const goal = goalOf(search, experiment);
  const candidates = listCandidates(search);
  const identity = {
    experiment: createHash("sha256").update(readBytes(path)).digest("hex"),
    candidates: candidates.length,
    metric: goal.metric,
  };
  let outcomes: readonly Outcome[] = withModels(goal, folder, folder.open(identity, options.isFresh));
  const describe = () => describeResult(experiment.name, goal, search, candidates, outcomes);
  let result = describe();
  options.onProgress?.(outcomes.length, result);
  const done = new Set(outcomes.map(({ number }) => number));
  const tasks = candidates
    .filter(({ number }) => !done.has(number))
    .map(({ number }) => ({ candidate: number, modelPath: folder.modelPath(number) }));
  try {
    await workThrough(
      path,
      tasks,
      options.jobs,
      {
        onProgress: (running) => options.onProgress?.(outcomes.length + running, result),
        onOutcome: (outcome) => {
          folder.append(outcome);
          outcomes = [...outcomes, outcome];
          result = describe();
          removeBeaten(folder, result);
          options.onProgress?.(outcomes.length, result);
        },
      },
      options.signal,
    );
  } finally {
    folder.close();
  }
  if (result.best !== undefined) folder.keepBest(result.best.number);
  return result;
}

function describeResult(
  name: string,
  goal: Goal,
  search: Search,
  candidates: readonly Candidate[],
  outcomes: readonly Outcome[],
): SearchResult {
  const sorted = [...outcomes].sort((a, b) => a.number - b.number);
  const trained = sorted.filter(isTrained);
  const best = bestOutcome(goal, trained, search.within);
  return { name, goal, search, candidates, outcomes: sorted, pareto: paretoLine(goal, trained), best };
}

/** A result counts only with its model, where that is to be kept: somebody may have removed it. */
function withModels(goal: Goal, folder: SearchFolder, outcomes: readonly Outcome[]): Outcome[] {
  const kept = new Set(paretoLine(goal, outcomes.filter(isTrained)).map(({ number }) => number));
  return outcomes.filter(({ number }) => !kept.has(number) || folder.hasModel(number));
}

/** Candidates that another beats need no model any more. */
function removeBeaten(folder: SearchFolder, { outcomes, pareto }: SearchResult): void {
  for (const outcome of outcomes) {
    if (isTrained(outcome) && !pareto.includes(outcome)) folder.removeModel(outcome.number);
  }
}
