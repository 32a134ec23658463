import type { Warning } from "../base/errors.js";
import { packageVersion } from "../base/packageRoot.js";
import { fingerprintData } from "../experiment/checkpointFingerprint.js";
import { type DataSummary, summarizeData } from "../experiment/dataSummary.js";
import { type Experiment, importExperimentFile, readExperiment } from "../experiment/experiment.js";
import { hashExperimentFiles } from "../experiment/experimentFiles.js";
import { titleOfMetric } from "../train/fitting/metrics.js";
import { type Candidate, listCandidates } from "./candidates.js";
import { bestOutcome, type Goal, isTrained, type Outcome, paretoLine, type Trained } from "./outcome.js";
import { checkSearch, type Search } from "./search.js";
import type { SearchFolder } from "./searchFolder.js";
import { dataOf, describeOwnData, goalOf, prepareFirst, variantOf } from "./trainCandidate.js";
import { workThrough } from "./workers.js";

const mostNamed = 8;

/** Everything that is known of a search. */
export interface SearchResult {
  readonly name: string;
  readonly goal: Goal;
  /** The metric as it is shown: "f1 of apple" where "f1 of 0" is of a class that has a name. */
  readonly metricTitle: string;
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
  /** Called with what is trained and measured on, before the first candidate starts. */
  readonly onData?: (summary: DataSummary) => void;
  /**
   * Called with what the user should know: of the data before the first candidate starts, of single candidates when all
   * are done.
   */
  readonly onWarning?: (warning: Warning) => void;
  /** @param done candidates, with the running ones' shares; at first those of an earlier run */
  readonly onProgress?: (done: number, result: SearchResult) => void;
}

/**
 * Trains every candidate that has no result in the folder yet, and keeps the best. Each result is on the disk before
 * the next candidate starts in its process; so whatever stops the search, the same call goes on.
 *
 * Results of another search, and of other data, are never taken for its own.
 *
 * @throws UserError when the experiment has no search or cannot be trained, or the folder's results are damaged
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
  const data = await dataOf(experiment);
  const prepared = await prepareFirst(path, { ...experiment, data }, search, candidates);
  const ofData = prepared?.warnings ?? data.warnings ?? [];
  if (prepared !== undefined) options.onData?.(summarizeData(prepared.data, prepared.split));
  for (const warning of ofData) options.onWarning?.(warning);
  const identity = {
    metric: goal.metric,
    candidates: candidates.length,
    code: await hashExperimentFiles(path),
    data: fingerprintData(data),
    pinfer: packageVersion,
  };
  const { outcomes: earlier, warning } = folder.open(identity, options.isFresh);
  if (warning !== undefined) options.onWarning?.(warning);
  const isCurrent = await findCurrent(path, { ...experiment, data }, search, candidates, earlier);
  let outcomes: readonly Outcome[] = withModels(goal, folder, earlier.filter(isCurrent));
  const { name } = experiment;
  const metricTitle = titleOfMetric(goal.metric, data.train.classNames);
  const describe = () => describeResult({ name, goal, metricTitle, search, candidates }, outcomes);
  let result = describe();
  options.onProgress?.(outcomes.length, result);
  const done = new Set(outcomes.map(({ number }) => number));
  const tasks = candidates
    .filter(({ number }) => !done.has(number))
    .map(({ number }) => ({ candidate: number, modelPath: folder.modelPath(number) }));
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
  for (const warning of warningsOfSome(result.outcomes, ofData)) options.onWarning?.(warning);
  if (result.best !== undefined) folder.keepBest(result.best.number);
  return result;
}

/** What candidates' trainings warned of that is not told yet, once for all that it is of. */
function warningsOfSome(outcomes: readonly Outcome[], told: readonly Warning[]): Warning[] {
  const known = new Set(told.map(({ message }) => message));
  const found = new Map<string, { readonly hint: Warning["hint"]; readonly numbers: number[] }>();
  for (const { number, warnings = [] } of outcomes.filter(isTrained)) {
    for (const { message, hint } of warnings.filter((warning) => !known.has(warning.message))) {
      const { numbers } = found.get(message) ?? found.set(message, { hint, numbers: [] }).get(message)!;
      numbers.push(number);
    }
  }
  return [...found].map(([message, { hint, numbers }]) => {
    const named = numbers.slice(0, mostNamed).join(", ");
    const more = numbers.length > mostNamed ? ` and ${numbers.length - mostNamed} more` : "";
    return { message: `candidate${numbers.length === 1 ? "" : "s"} ${named}${more}: ${message}`, hint };
  });
}

function describeResult(
  known: Pick<SearchResult, "name" | "goal" | "metricTitle" | "search" | "candidates">,
  outcomes: readonly Outcome[],
): SearchResult {
  const { goal, search } = known;
  const sorted = [...outcomes].sort((a, b) => a.number - b.number);
  const trained = sorted.filter(isTrained);
  const best = bestOutcome(goal, trained, search.within);
  return { ...known, outcomes: sorted, pareto: paretoLine(goal, trained), best };
}

/**
 * Whether an earlier result is still of its candidate: of the same values, and of the same data where it has its own,
 * which the search's identity does not know.
 */
async function findCurrent(
  path: string,
  experiment: Experiment,
  search: Search,
  candidates: readonly Candidate[],
  earlier: readonly Outcome[],
): Promise<(outcome: Outcome) => boolean> {
  const current = new Set<Outcome>();
  for (const outcome of earlier) {
    const candidate = candidates[outcome.number - 1];
    if (JSON.stringify(candidate?.values) !== JSON.stringify(outcome.values)) continue;
    if (outcome.data !== undefined) {
      const variant = variantOf(path, experiment, search, candidate);
      if ((await describeOwnData(search, candidate, variant)) !== outcome.data) continue;
    }
    current.add(outcome);
  }
  return (outcome) => current.has(outcome);
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
