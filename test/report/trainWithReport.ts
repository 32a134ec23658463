import experiment from "../../examples/street-light/experiment.js";
import type { Experiment } from "../../src/experiment/experiment.js";
import { trainExperiment } from "../../src/experiment/trainExperiment.js";
import type { ReportInput } from "../../src/report/reportInput.js";
import { ReportRecorder } from "../../src/report/reportRecorder.js";

/** Trains as `pinfer train --report` does. */
export async function trainWithReport(trained: Experiment = experiment) {
  const recorder = new ReportRecorder(trained);
  const result = await trainExperiment(trained, {
    onStart: (network, data, split) => {
      recorder.start(network, data, split);
      return undefined;
    },
    onEpoch: (record) => recorder.record(record),
    onTrained: (history) => recorder.end(history),
  });
  const input: ReportInput = { ...result, experiment: trained, trainingMetrics: [] };
  return { recorder, result, input, page: recorder.render(result) };
}

export { experiment as streetLight };
