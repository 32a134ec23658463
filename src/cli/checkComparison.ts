import { describeDifference, placeOf } from "../compare/render.js";
import type { ComparisonReport } from "../compare/report.js";
import type { Checks } from "./checks.js";
import { checkAccuracy, checkDrop, checkTicks, type Limits } from "./gates.js";

/** Whether a device computes the host's bytes: of the outputs, and of each layer that was compared. The report tells it already. */
export function checkComparison(report: ComparisonReport, checks: Checks): void {
  const { model, device, outputs, layers, accuracy, ticks } = report;
  checks.tell("network", model.name);
  checks.tell("hash", model.hash);
  checks.tell("device", `${device.board}, ${device.description}`);
  checks.tell("samples", outputs.samples);
  if (accuracy !== null) checks.tell("accuracy", accuracy.deviceCorrect / accuracy.labels);
  if (ticks !== null) checks.tell(ticks.unit, Math.round(ticks.mean));
  const hint = report.layers === null ? "`pinfer compare --layers` tells what every layer gives" : undefined;
  checks.add(
    "outputs: every byte is the host's",
    outputs.bytesDifferent === 0
      ? undefined
      : { message: describeDifference(outputs, report.firstDifferingLayer), hint },
    true,
  );
  for (const { layer, name, bytesCompared, bytesDifferent, firstDifference } of layers ?? []) {
    const where = firstDifference === null ? "" : `, first at ${placeOf(firstDifference)}`;
    checks.add(
      `layer ${layer} ${name}: every byte is the host's`,
      bytesDifferent === 0
        ? undefined
        : { message: `${bytesDifferent} of ${bytesCompared} bytes differ${where}` },
      true,
    );
  }
}

/** Those of accuracy and ticks. */
export function checkLimits(
  { accuracy, ticks, device }: ComparisonReport,
  limits: Limits,
  checks: Checks,
): void {
  if (accuracy !== null) {
    const share = (correct: number) => correct / accuracy.labels;
    const onDevice = share(accuracy.deviceCorrect);
    checkAccuracy(checks, limits, onDevice, "the device's accuracy");
    const float = accuracy.floatCorrect;
    if (float !== null) {
      checkDrop(checks, limits, [share(float), "the float network's"], [onDevice, "the device's accuracy"]);
    }
  }
  checkTicks(checks, limits, ticks, `board "${device.board}"`);
}
