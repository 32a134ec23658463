import { UserError } from "../../src/base/errors.js";
import { type Column, formatCount, renderTable } from "../../src/base/table.js";
import { optimizeModes } from "../../src/program/program.js";
import type { GoldenCheck } from "./check.js";
import {
  type FieldEntry,
  fieldModelsAreMissing,
  hasFieldModels,
  readFieldEntries,
  readFieldModel,
} from "./fieldModels.js";
import type { GoldenModel } from "./models.js";
import { checkPlace, expectNames, places, tooLarge } from "./runGolden.js";

interface FieldRun {
  /** Empty for all. */
  readonly models: readonly string[];
  readonly places: readonly string[];
  readonly modes: readonly string[];
  readonly passes: readonly string[];
  /** The first ones only; undefined for all. */
  readonly vectors: number | undefined;
}

const columns: readonly Column[] = [
  { title: "model", align: "left" },
  ...["plans", "runs", "bytes", "logits", "different"].map((title): Column => ({ title, align: "right" })),
  { title: "not run", align: "left" },
];

/** A model in all modes, with and without passes, in all places. */
async function checkModel(model: GoldenModel, run: FieldRun) {
  const total: GoldenCheck = { vectors: 0, logits: 0, layers: 0, bytes: 0, ticks: 0, differences: [] };
  const notRun = new Set<string>();
  let plans = 0;
  const vectors = [...model.inputs.keys()].slice(0, run.vectors);
  for (const optimize of expectNames("mode", run.modes, optimizeModes)) {
    for (const passes of expectNames("passes", run.passes, ["on", "off"])) {
      for (const place of expectNames("place", run.places, places)) {
        const options = { optimize, passes: passes === "on" };
        try {
          const found = await checkPlace(model, place, options, vectors);
          plans++;
          total.vectors += found.vectors;
          total.logits += found.logits;
          total.bytes += found.bytes;
          const where = [model.id, optimize, `passes ${passes}`, place].join(", ");
          total.differences.push(...found.differences.map((text) => `${where}: ${text}`));
        } catch (error) {
          if (!(error instanceof UserError) || place !== "emulator" || !tooLarge.test(error.message))
            throw error;
          notRun.add(`${place}: too large`);
        }
      }
    }
  }
  return { total, plans, notRun: [...notRun].join(", ") };
}

/** @returns the model, or how it is refused; what imported once must not be refused now */
function readOrRefuse(entry: FieldEntry): GoldenModel | string {
  try {
    return readFieldModel(entry);
  } catch (error) {
    if (!(error instanceof UserError) || entry.imports) throw error;
    return error.message.replace(/^.*cannot be imported:\n {2}/, "").replace(/\n.*$/s, ", …");
  }
}

/**
 * Runs all models of others, prints a table and what differs. What cannot be imported must be refused by a message.
 *
 * @returns whether all bytes are equal
 */
export async function runField(run: FieldRun): Promise<boolean> {
  if (!hasFieldModels) {
    console.log(fieldModelsAreMissing);
    return true;
  }
  const entries = readFieldEntries();
  const names = entries.map(({ name }) => name);
  const chosen = new Set(run.models.length > 0 ? expectNames("model", run.models, names) : names);
  const rows: string[][] = [];
  const refusals: string[] = [];
  const differences: string[] = [];
  let [plans, runs, bytes] = [0, 0, 0];
  for (const entry of entries.filter(({ name }) => chosen.has(name))) {
    const model = readOrRefuse(entry);
    if (typeof model === "string") {
      refusals.push(`${entry.name}: ${model}`);
      continue;
    }
    const { total, notRun, ...found } = await checkModel(model, run);
    const counts = [found.plans, total.vectors, total.bytes, total.logits, total.differences.length];
    rows.push([entry.name, ...counts.map(formatCount), notRun]);
    differences.push(...total.differences);
    plans += found.plans;
    runs += total.vectors;
    bytes += total.bytes;
  }
  console.log(renderTable(columns, rows));
  if (refusals.length > 0) console.log(`\nrefused:\n  ${refusals.join("\n  ")}`);
  for (const difference of differences.slice(0, 20)) console.log(difference);
  console.log(
    `\n${rows.length} models in ${plans} plans, ${formatCount(runs)} runs, ${refusals.length} models refused; ` +
      `${differences.length} of ${formatCount(bytes)} bytes differ`,
  );
  return differences.length === 0;
}
