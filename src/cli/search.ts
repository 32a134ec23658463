import { availableParallelism, constants } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import type { Warning } from "../base/errors.js";
import { isAbove } from "../base/isAbove.js";
import { makeFolder } from "../base/makeFolder.js";
import { oneLine, printableLines } from "../base/printable.js";
import type { DataSummary } from "../experiment/dataSummary.js";
import type { SearchResult } from "../search/runSearch.js";
import {
  addExamples,
  exitCodeFailed,
  printFailure,
  printJson,
  printText,
  printWarning,
} from "./commandLine.js";
import { expectOutputs } from "./expectOutputs.js";
import { addLimits } from "./gates.js";
import { addQuietOption, type Progress, startProgress, tellProgress } from "./progress.js";
import { renderData } from "./renderData.js";

interface SearchCommandOptions {
  readonly output: string;
  readonly jobs: number;
  readonly fresh: boolean;
  readonly maxDrop?: number;
  readonly json: boolean;
}

function parseJobs(text: string): number {
  const jobs = Number(text);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024) return jobs;
  throw new InvalidArgumentError(`it must be an integer 1..1024, found ${text}`);
}

export function register(program: Command): void {
  const command = program
    .command("search")
    .description("train an experiment's candidates side by side, and keep the best")
    .argument("<experiment>", "experiment.ts: its default export, and what is varied as the export `search`")
    .option(
      "-o, --output <folder>",
      "results, model.json and search.html; a search that was cut goes on there, one of other data begins anew",
      "search",
    )
    .option("-j, --jobs <n>", "processes at a time", parseJobs, availableParallelism())
    .option("--fresh", "throw earlier results in the folder away", false)
    .option("--json", "print JSON", false)
    .action(async (path: string, { output, jobs, fresh, maxDrop, json }: SearchCommandOptions) => {
      const [{ expectModelWritable }, { runSearch }, { SearchFolder }] = await Promise.all([
        import("../model/modelWeights.js"),
        import("../search/runSearch.js"),
        import("../search/searchFolder.js"),
      ]);
      const folder = new SearchFolder(output);
      makeFolder(output);
      expectModelWritable(folder.bestPath);
      await expectOutputs(folder.resultsPath, folder.picturePath);
      const display = showSearch();
      const stopping = new AbortController();
      const stop = (signal: NodeJS.Signals) => stopping.abort(signal);
      process.on("SIGINT", stop).on("SIGTERM", stop);
      const warnings: string[] = [];
      let data: DataSummary | undefined;
      const result = await runSearch(path, folder, {
        jobs,
        isFresh: fresh,
        signal: stopping.signal,
        onProgress: display.update,
        onData: (summary) => {
          data = summary;
          tellProgress(printableLines(renderData(summary)));
        },
        onWarning: (warning) => {
          warnings.push(warning.message);
          printWarning(warning);
        },
      })
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) throw error;
        })
        .finally(() => {
          display.stop();
          process.off("SIGINT", stop).off("SIGTERM", stop);
        });
      if (result === undefined) {
        process.stderr.write(
          "stopped; what is done is kept, and the same command goes on (without --fresh)\n",
        );
        process.exitCode = 128 + constants.signals[stopping.signal.reason as NodeJS.Signals]; // as shells count
        return;
      }
      const { warning } = result.best ?? {};
      if (warning !== undefined) {
        warnings.push(warning.message);
        printWarning(warning);
      }
      const [{ renderSearchPage }, { renderSearch }] = await Promise.all([
        import("../search/searchPage.js"),
        import("../search/renderSearch.js"),
      ]);
      folder.writePicture(renderSearchPage(result));
      const drop = tellDropOfBest(result, maxDrop);
      const failures = drop === undefined ? [] : [drop];
      if (json) printJson({ ...describe(result, output), data, failures, warnings });
      else printText(`${renderSearch(result)}\n${written(result, output)}`);
      if (drop !== undefined) printFailure(drop);
      if (result.best === undefined || drop !== undefined) process.exitCode = exitCodeFailed;
    });
  addLimits(addQuietOption(command), ["maxDrop"], {
    maxDrop: "fail when the best one's int8 network is more than this worse than its float one: 0.01 or 1%",
  });
  addExamples(command, [
    "pinfer search experiment.ts",
    "pinfer search examples/rings/experiment.ts -o rings --jobs 2",
  ]);
}

/** What to tell when the best candidate's int8 network falls behind by more than was asked for. */
function tellDropOfBest({ best }: SearchResult, maxDrop: number | undefined): Warning | undefined {
  if (best?.drop === undefined || maxDrop === undefined || !isAbove(best.drop, maxDrop)) return undefined;
  return {
    message: `the int8 network of candidate ${best.number} falls behind its float one by ${best.drop.toFixed(4)}; --max-drop is ${maxDrop}`,
    hint: best.warning?.hint,
  };
}

function showSearch(): { update(done: number, result: SearchResult): void; stop(): void } {
  let bar: Progress | undefined;
  let started: { readonly at: number; readonly done: number } | undefined;
  return {
    update(done, { candidates, best, metricTitle, outcomes }) {
      started ??= { at: performance.now(), done };
      bar ??= startProgress("search", candidates.length);
      const now = done - started.done;
      const left = ((performance.now() - started.at) / 1000) * ((candidates.length - done) / now);
      const notes = [
        best && `best ${metricTitle} ${best.int8.toFixed(4)} (${best.number})`,
        now > 0 && `${Math.ceil(left)} s left`,
      ];
      bar.update(outcomes.length, notes.filter(Boolean).join(", "));
    },
    stop: () => bar?.stop(),
  };
}

function written({ best }: SearchResult, output: string): string {
  const model = join(output, "model.json");
  const picture = oneLine`to look at: ${join(output, "search.html")}`;
  const next = oneLine`${model}, next: pinfer export-firmware ${model}`;
  return best === undefined ? picture : `${next}\n${picture}`;
}

function describe({ goal, outcomes, pareto, best }: SearchResult, output: string) {
  return {
    model: best && join(output, "model.json"),
    metric: goal.metric,
    best: best?.number,
    unbeaten: pareto.map(({ number }) => number),
    candidates: outcomes,
  };
}
