import { runAudio, settleAudio } from "../../src/signal/settleAudio.js";
import {
  compareStages,
  type Differences,
  hasSignals,
  readConfigurations,
  readGolden,
  readSignal,
  signalNames,
  signalsAreMissing,
} from "./signals.js";

/** Prints by configuration and stage how many of the library's values differ. @returns whether none does */
export function runSignals(): boolean {
  if (!hasSignals) throw new Error(signalsAreMissing);
  let [compared, different] = [0, 0];
  for (const configuration of readConfigurations()) {
    const counts: Differences = new Map();
    for (const signal of signalNames()) {
      if (readGolden(`${configuration.name}/${signal}.features`) === undefined) continue;
      compareStages(configuration, signal, counts);
      const expected = readGolden(`${configuration.name}/${signal}.int8`);
      if (expected === undefined) continue;
      const found = runAudio(settleAudio(configuration.name, configuration.frontEnd), readSignal(signal));
      const count = counts.get("int8") ?? { compared: 0, different: 0 };
      counts.set("int8", count);
      count.compared += expected.length;
      count.different +=
        found.filter((value, i) => value !== expected[i]).length + Math.abs(found.length - expected.length);
    }
    for (const [stage, count] of counts) {
      console.log(`${configuration.name} ${stage}: ${count.different} of ${count.compared} differ`);
      compared += count.compared;
      different += count.different;
    }
  }
  console.log(`${different} of ${compared} values differ`);
  return compared > 0 && different === 0;
}
