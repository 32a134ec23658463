import { printable, printableJson, shortened } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import type { Hello } from "../link/messages.js";
import {
  addErrors,
  type InferenceEvent,
  type LinkErrors,
  type MonitorEvent,
  noErrors,
} from "../link/monitorDevice.js";
import { integerRanges } from "../network/elementTypes.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import type { ActivationData, ElementType, Quantized } from "../network/quantizedNetwork.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";
import { atEnd } from "./atEnd.js";

export interface MonitorViewOptions {
  readonly hello: Hello;
  /** A name for each output. */
  readonly classes: readonly string[];
  /** Of the only output: above it the input is an anomaly. */
  readonly threshold?: number | undefined;
  /** How the device was reached. */
  readonly description: string;
  readonly json: boolean;
  /** What is to be known of the inputs; stands in the summary of JSON. */
  readonly warnings?: readonly string[];
  readonly stream?: NodeJS.WriteStream;
}

export interface MonitorView {
  show(event: MonitorEvent): void;
  /** Prints the summary. */
  end(): void;
}

/** Of all that was shown. */
interface Totals {
  inferences: number;
  missed: number;
  errors: LinkErrors;
  seconds: number;
  ticks: { least: number; most: number; sum: number };
  anomalies: number;
  /** How often each output was the largest. */
  readonly largest: number[];
}

/** Characters of a class's name where it is no JSON. */
const nameLength = 20;

/** A picture that is drawn anew on a terminal, a JSON object a line if asked, else a line of text for each event. */
export function startMonitorView(given: MonitorViewOptions): MonitorView {
  const { stream = process.stdout, json } = given;
  const classes = json ? given.classes : given.classes.map((name) => shortened(name, nameLength));
  const options = { ...given, classes };
  const totals: Totals = {
    ...{ inferences: 0, missed: 0, errors: noErrors, seconds: 0, anomalies: 0 },
    ticks: { least: Number.POSITIVE_INFINITY, most: 0, sum: 0 },
    largest: classes.map(() => 0),
  };
  const start = performance.now();
  const write = (text: string): void => void stream.write(`${text}\n`);
  const printer = json
    ? jsonPrinter(options, write)
    : stream.isTTY
      ? picturePrinter(options, totals, stream)
      : linePrinter(options, write);
  return {
    show: (event) => {
      add(totals, event, given);
      printer.show(event);
    },
    end: () => {
      printer.end?.();
      totals.seconds = (performance.now() - start) / 1000;
      if (json) write(printableJson(JSON.stringify(summaryToJson(totals, given))));
      else write(renderSummary(totals, options));
    },
  };
}

interface Printer {
  show(event: MonitorEvent): void;
  end?(): void;
}

function add(totals: Totals, event: MonitorEvent, options: MonitorViewOptions): void {
  totals.seconds = event.seconds;
  if (event.event === "link") {
    totals.errors = addErrors(totals.errors, event.errors);
    return;
  }
  const { ticks } = totals;
  totals.inferences++;
  totals.missed += event.missed;
  ticks.least = Math.min(ticks.least, event.ticks);
  ticks.most = Math.max(ticks.most, event.ticks);
  ticks.sum += event.ticks;
  totals.largest[largestOf(event.output)]!++;
  if (isAnomaly(event.output, options)) totals.anomalies++;
}

/** Undefined where nothing tells what is one. */
function isAnomaly([score]: ActivationData, { threshold }: MonitorViewOptions): boolean | undefined {
  return threshold === undefined ? undefined : score! > threshold;
}

function largestOf(output: ActivationData): number {
  return output.indexOf(Math.max(...output));
}

function jsonPrinter(options: MonitorViewOptions, write: (text: string) => void): Printer {
  const { hello, classes } = options;
  const [input, output] = [onlyInput(hello.network), onlyOutput(hello.network)];
  const writeJson = (value: object): void => write(printableJson(JSON.stringify(value)));
  return {
    show: (event) => {
      if (event.event === "link") {
        writeJson(event);
        return;
      }
      const { ticks } = event;
      writeJson({
        ...event,
        input: [...event.input],
        output: [...event.output],
        inputReal: [...dequantizeTensor(event.input, input)],
        outputReal: [...dequantizeTensor(event.output, output)],
        anomaly: isAnomaly(event.output, options),
        ...(classes.length > 1 && { class: classes[largestOf(event.output)] }),
        ticks: hello.counterKind === "none" ? undefined : ticks,
        microseconds: isTimed(hello) ? (1e6 * ticks) / hello.counterHz : undefined,
      });
    },
  };
}

function linePrinter(options: MonitorViewOptions, writeLine: (text: string) => void): Printer {
  const write = (text: string): void => writeLine(printable(text));
  write(titleOf(options));
  return {
    show: (event) => {
      if (event.event === "link") {
        write(`link: ${errorsText(event.errors, event.message)}`);
        return;
      }
      write(
        [
          `#${event.count}`,
          classText(event, options),
          `in ${valuesText(event.input, onlyInput(options.hello.network))}`,
          `out ${valuesText(event.output, onlyOutput(options.hello.network))}`,
          timeText(event.ticks, options.hello),
          event.missed === 0 ? "" : `${event.missed} before it not seen`,
        ]
          .filter((part) => part !== "")
          .join("  "),
      );
    },
  };
}

/** Rows of a picture: those of outputs beyond it are left out. */
const maximumOutputs = 12;
const barWidth = 30;

function picturePrinter(options: MonitorViewOptions, totals: Totals, stream: NodeJS.WriteStream): Printer {
  let drawn = 0;
  let latest: InferenceEvent | undefined;
  let trouble = "";
  stream.write("\x1b[?25l"); // no cursor
  const showCursor = atEnd(() => void stream.write("\x1b[?25h"));
  const draw = (): void => {
    const width = Math.max(20, (stream.columns || 80) - 1);
    const lines = pictureOf(options, totals, latest, trouble).map((line) => printable(line).slice(0, width));
    const up = drawn === 0 ? "" : `\x1b[${drawn}A`;
    stream.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join("")}\x1b[J`);
    drawn = lines.length;
  };
  return {
    show: (event) => {
      if (event.event === "inference") latest = event;
      else if (event.message !== undefined) trouble = event.message;
      draw();
    },
    end: showCursor,
  };
}

function pictureOf(
  options: MonitorViewOptions,
  totals: Totals,
  event: InferenceEvent | undefined,
  trouble: string,
): string[] {
  const { hello, classes } = options;
  const rate = totals.seconds > 0 ? (totals.inferences / totals.seconds).toFixed(1) : "0";
  const lines = [titleOf(options), `${formatCount(totals.inferences)} inferences, ${rate} a second`];
  if (event === undefined)
    return [...lines, "nothing inferred yet", `link    ${errorsText(totals.errors, trouble)}`];
  const [input, output] = [onlyInput(hello.network), onlyOutput(hello.network)];
  const real = dequantizeTensor(event.output, output);
  const nameWidth = Math.max(6, ...classes.slice(0, maximumOutputs).map((name) => name.length));
  const bars = [...event.output].slice(0, maximumOutputs).map((value, i) => {
    const bar = "█".repeat(Math.round(shareOf(value, output.elementType, options) * barWidth));
    return `${classes[i]!.padEnd(nameWidth)}  ${bar.padEnd(barWidth)}  ${Number(real[i]!.toPrecision(4))}`;
  });
  const time = timeText(event.ticks, hello);
  return [
    ...lines,
    `input   ${sparkline(event.input)}  ${valuesText(event.input, input)}`,
    ...bars,
    ...(classes.length > maximumOutputs ? [`… and ${classes.length - maximumOutputs} outputs more`] : []),
    ...(classText(event, options) === "" ? [] : [`output  ${classText(event, options)}`]),
    ...(time === "" ? [] : [`time    ${time}`]),
    `link    ${errorsText(totals.errors, trouble)}`,
  ];
}

/** How much of a bar an output fills: the least and the most of its type are its ends; a threshold is its middle. */
function shareOf(value: number, elementType: ElementType, { threshold = 0 }: MonitorViewOptions): number {
  if (threshold > 0) return Math.min(1, Math.max(0, value / (2 * threshold)));
  const [least, most] = integerRanges[elementType];
  return (value - least) / (most - least);
}

const blocks = "▁▂▃▄▅▆▇█";
const sparkWidth = 40;

/** Each column is the mean of its share of the values, from the least to the most of them. */
function sparkline(values: ArrayLike<number>): string {
  const width = Math.min(sparkWidth, values.length);
  const columns = Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const to = Math.floor(((i + 1) * values.length) / width);
    let sum = 0;
    for (let k = from; k < to; k++) sum += values[k]!;
    return sum / (to - from);
  });
  const [least, most] = [Math.min(...columns), Math.max(...columns)];
  return columns.map((value) => blocks[Math.round((7 * (value - least)) / (most - least || 1))]).join("");
}

function titleOf({ hello, description }: MonitorViewOptions): string {
  return `"${hello.network.name}" on ${hello.boardId}, ${description}`;
}

function classText({ output }: InferenceEvent, options: MonitorViewOptions): string {
  const { hello, classes } = options;
  const anomaly = isAnomaly(output, options);
  if (anomaly !== undefined) return anomaly ? "anomaly" : "normal";
  if (classes.length === 1) return "";
  const largest = largestOf(output);
  const value = dequantizeTensor(output, onlyOutput(hello.network))[largest]!;
  return `${classes[largest]} (${Number(value.toPrecision(3))})`;
}

const shownValues = 8;

function valuesText(values: ActivationValues, tensor: Quantized): string {
  const real = dequantizeTensor(values.slice(0, shownValues), tensor);
  const rest = values.length > shownValues ? ` … ${values.length} values` : "";
  return `${[...real].map((value) => Number(value.toPrecision(3))).join(" ")}${rest}`;
}

type ActivationValues = InferenceEvent["input"];

/** Instructions take no time that is known. */
const isTimed = ({ counterKind }: Hello): boolean => counterKind === "cycles" || counterKind === "ticks";

function timeText(ticks: number, hello: Hello): string {
  const { counterKind, counterHz } = hello;
  if (counterKind === "none") return "";
  const count = `${formatCount(Math.round(ticks))} ${counterKind}`;
  return isTimed(hello) ? `${((1e6 * ticks) / counterHz).toFixed(1)} µs (${count})` : count;
}

function errorsText(errors: LinkErrors, message?: string): string {
  const named: readonly [count: number, what: string][] = [
    [errors.repeats, "repeats"],
    [errors.lost, "requests lost"],
    [errors.brokenFrames, "broken frames"],
    [errors.brokenAtDevice, "broken frames at the board"],
    [errors.overruns, "bytes overrun at the board"],
  ];
  const found = named.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [...(found.length === 0 && !message ? ["no errors"] : found), ...(message ? [message] : [])].join(
    ", ",
  );
}

function summaryToJson(totals: Totals, options: MonitorViewOptions): object {
  const { hello, classes, threshold, warnings = [] } = options;
  const { counterKind } = hello;
  const { inferences, missed, seconds, errors, ticks, largest } = totals;
  const hasTicks = counterKind !== "none" && inferences > 0;
  return {
    ...{ event: "summary", seconds, inferences, missed, errors },
    ...(hasTicks && { ticks: { least: ticks.least, most: ticks.most, mean: ticks.sum / inferences } }),
    ...(classes.length > 1 && { classes: Object.fromEntries(classes.map((name, i) => [name, largest[i]])) }),
    ...(threshold !== undefined && { anomalies: totals.anomalies }),
    warnings,
  };
}

function renderSummary(totals: Totals, { hello, classes, threshold }: MonitorViewOptions): string {
  const { inferences, missed, seconds, errors, ticks, largest } = totals;
  const lines = [`\n${formatCount(inferences)} inferences in ${seconds.toFixed(1)} s`];
  if (missed > 0) lines.push(`not seen  ${formatCount(missed)} between those shown`);
  if (threshold !== undefined) lines.push(`anomalies ${formatCount(totals.anomalies)}`);
  if (classes.length > 1 && inferences > 0) {
    const counts = classes.map((name, i) => ({ name, count: largest[i]! })).filter(({ count }) => count > 0);
    lines.push(`classes   ${counts.map(({ name, count }) => `${name}: ${formatCount(count)}`).join(", ")}`);
  }
  if (inferences > 0 && hello.counterKind !== "none") {
    const [least, most] = [ticks.least, ticks.most].map((count) => timeText(count, hello));
    lines.push(`time      ${least === most ? least : `${least} to ${most}`}`);
  }
  return [...lines, `link      ${errorsText(errors)}`].join("\n");
}
