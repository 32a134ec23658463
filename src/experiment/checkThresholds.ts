import type { Warning } from "../base/errors.js";
import { printable } from "../base/printable.js";
import { elementCount, Tensor } from "../base/tensor.js";
import type { Targets } from "../train/data/dataset.js";
import { describeReach, reachOf } from "../train/fitting/checkOutputs.js";
import type { Metric } from "../train/fitting/metrics.js";
import { givesLogits, isOneOf, thresholdOf } from "../train/fitting/outputThreshold.js";
import type { Loss } from "../train/losses/loss.js";
import type { Network } from "../train/network/network.js";

/**
 * Whether metrics of classes part one output where it parts them: accuracy, precision, recall and F1 do at one half,
 * which means nothing for a score, or for targets that are no classes.
 */
export function checkThresholds(
  network: Network,
  loss: Loss,
  metrics: readonly Metric[],
  targets: Targets,
): Warning[] {
  if (elementCount(network.outputShape) !== 1) return [];
  const ofClasses = metrics.filter((metric) => metric.ofClasses !== undefined);
  if (targets instanceof Tensor && !standForClasses(targets)) {
    return ofClasses.map(({ name }) => ({
      message: `metric ${printable(name)} takes a target of 0.5 or more for class 1 and any other for class 0; the targets are real values, ${rangeOf(targets)}`,
      hint: "measure real values with rSquared, absoluteError or rootMeanSquaredError; targets of two classes are 0 and 1, or −1 and 1",
    }));
  }
  return ofClasses.flatMap((metric) => checkThreshold(network, loss, metric, targets));
}

function checkThreshold(
  network: Network,
  loss: Loss,
  { name, ofClasses }: Metric,
  targets: Targets,
): Warning[] {
  const threshold = ofClasses?.threshold;
  if (threshold === undefined) return [];
  const bounds = reachOf(network);
  if (bounds !== undefined && (threshold <= bounds[0] || threshold > bounds[1])) {
    const always = threshold <= bounds[0] ? 1 : 0;
    const message = `metric ${printable(name)} parts the classes at ${threshold}; the output is ${describeReach(bounds)}, which is always class ${always}`;
    return [{ message, hint: "use accuracy, which parts them at 0.5, or leave out the last activation" }];
  }
  // another threshold than one half was chosen
  if (threshold !== 0.5 || thresholdOf(network, loss, targets) === threshold) return [];
  const isScore = loss.kind === "hinge" || givesLogits(network, loss);
  const why = isScore
    ? `with ${loss.kind} the output is a score`
    : "of targets −1 and 1 the output is a score";
  const instead = name === "accuracy" || name === "zeroOne" ? "use" : "measure";
  const other =
    loss.kind === "hinge" || !isScore
      ? "give the network an output for each class"
      : "close the network with sigmoid()";
  return [
    {
      message: `metric ${printable(name)} parts the classes at 0.5; ${why}, which parts them at 0`,
      hint: `${instead} accuracyAt(0), or ${other}`,
    },
  ];
}

/** Probabilities of class 1, or −1 and 1. */
function standForClasses(targets: Tensor): boolean {
  return targets.data.every((value) => value >= 0 && value <= 1) || isOneOf(targets, -1);
}

function rangeOf({ data }: Tensor): string {
  let [least, most] = [data[0], data[0]];
  for (const value of data) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return `${least}..${most}`;
}
