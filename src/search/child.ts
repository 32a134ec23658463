/** A process that trains candidates one after the other: `child.js <experiment>`, tasks and answers as messages. */
import { UserError } from "../base/errors.js";
import { importExperimentFile, readExperiment } from "../experiment/experiment.js";
import { writeModel } from "../model/modelFile.js";
import { type Candidate, listCandidates } from "./candidates.js";
import type { Answer, Task } from "./messages.js";
import type { Outcome, OwnData } from "./outcome.js";
import { checkSearch } from "./search.js";
import { dataOf, describeOwnData, goalOf, prepareData, trainCandidate, variantOf } from "./trainCandidate.js";

const path = process.argv[2];

process.on("disconnect", () => process.exit()); // the parent is gone, however it ended
process.on("SIGINT", () => {}); // a terminal sends it to every process; the parent decides

function answer(message: Answer): void {
  process.send?.(message);
}

async function start(): Promise<void> {
  const exported = await importExperimentFile(path);
  const search = checkSearch(path, exported.search);
  const loaded = readExperiment(path, exported.default);
  const experiment = { ...loaded, data: await dataOf(loaded) };
  prepareData(experiment);
  const goal = goalOf(search, loaded);
  const candidates = listCandidates(search);

  async function run(candidate: Candidate, modelPath: string): Promise<Outcome> {
    let own: OwnData = {};
    try {
      const variant = variantOf(path, experiment, search, candidate);
      const described = await describeOwnData(search, candidate, variant);
      if (described !== undefined) own = { data: described };
      const { outcome, model } = await trainCandidate(
        variant,
        prepareData({ ...variant, data: await dataOf(variant) }),
        goal,
        candidate,
        (share) => answer({ kind: "progress", share }),
      );
      writeModel(modelPath, model);
      return { ...outcome, ...own };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { ...candidate, failure: error.message, ...own };
    }
  }

  process.on("message", async ({ candidate, modelPath }: Task) => {
    answer({ kind: "done", outcome: await run(candidates[candidate - 1], modelPath) });
  });
  answer({ kind: "ready" });
}

try {
  await start();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  answer({ kind: "refused", message: error.message, hint: error.hint });
  process.disconnect();
}
