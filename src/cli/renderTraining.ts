import { oneLine } from "../base/printable.js";
import { renderTable } from "../base/table.js";
import type { Alarms, AnomalyThreshold } from "../experiment/anomalyThreshold.js";
import type { TrainedModel } from "../experiment/trainModel.js";
import { formatMeasured } from "../train/fitting/measureAll.js";
import { titleOfMetric } from "../train/fitting/metrics.js";

/** What training came to: the metrics of both networks, and what comes next. */
export function renderTraining(trained: TrainedModel, output: string): string {
  const { data, model, notQuantized, test, testInt8, testInt8BeforeAware, anomaly } = trained;
  const next =
    notQuantized === undefined
      ? oneLine`next: pinfer export-firmware ${output}`
      : oneLine`in floating point only: ${notQuantized}`;
  const line = anomaly === undefined ? [] : [renderThreshold(anomaly)];
  const written = oneLine`${output}: ${model.network.parameterCount} parameters, ${next}`;
  if (test === undefined || Object.keys(test.metrics).length === 0) return [...line, written].join("\n\n");
  const integers = integersOf(trained);
  const columns = [
    { title: "float", metrics: test.metrics },
    ...(testInt8BeforeAware ? [{ title: `${integers} after training`, metrics: testInt8BeforeAware }] : []),
    ...(testInt8
      ? [{ title: testInt8BeforeAware ? `${integers} trained with rounding` : integers, metrics: testInt8 }]
      : []),
  ];
  const table = renderTable(
    [
      { title: "test data", align: "left" },
      ...columns.map(({ title }) => ({ title, align: "right" }) as const),
    ],
    Object.keys(test.metrics).map((name) => [
      titleOfMetric(name, data.train.classNames),
      ...columns.map(({ metrics }) => formatMeasured(metrics[name])),
    ]),
  );
  return [table, ...line, written].join("\n\n");
}

/** Where an anomaly begins, and how often that is wrong. */
function renderThreshold({ threshold, real, quantile, from, normal, test }: AnomalyThreshold): string {
  const above = ({ above, samples }: Alarms, what: string) => `${above} of ${samples} ${what}`;
  const lines = [
    `an anomaly above ${Number(real.toPrecision(4))} (${threshold}), the quantile ${quantile} of normal ${from} samples: ${above(normal, "above it")}`,
    ...(test === undefined
      ? []
      : [
          `test data: ${above(test.normal, "normal samples above it, false alarms")}; ${above(test.anomalies, "anomalies found")}`,
        ]),
  ];
  return lines.join("\n");
}

/** What activations are in the integer network, but for raw inputs. */
function integersOf({ model: { quantized } }: TrainedModel): string {
  const last = quantized?.tensors.at(-1)?.elementType ?? "int8";
  return last === "int32" ? "int8" : last; // sums of squares are of int8
}
