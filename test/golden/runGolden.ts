import { type Column, formatCount, renderTable } from "../../src/base/table.js";
import { boards } from "../../src/board/boards.js";
import { defaultBoard } from "../../src/cli/exportFirmware.js";
import { startProgress } from "../../src/cli/progress.js";
import { type PlanOptions, planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { createRunner } from "../../src/program/runner.js";
import { checkOnAvr } from "./avr.js";
import { checkOracle, type GoldenCheck } from "./check.js";
import { checkOnDevice } from "./devices.js";
import {
  type GoldenModel,
  type GoldenModelName,
  goldenModels,
  goldenVectorsAreMissing,
  hasGoldenVectors,
  readGoldenModel,
} from "./models.js";

/** Those that are emulated, beside the one that commands take by default. */
const otherBoards = boards.filter(
  ({ id, emulatorMachines }) => emulatorMachines.length > 0 && id !== defaultBoard,
);
/** The oracle is what the host runs: generated kernels for many vectors. */
export const places = ["oracle", "plain", "host-c", "emulator", "avr", ...otherBoards.map(({ id }) => id)];

interface GoldenRun {
  /** Empty for all. */
  readonly models: readonly string[];
  readonly places: readonly string[];
  readonly modes: readonly string[];
  readonly passes: readonly string[];
  /** The first ones only; undefined for all. */
  readonly vectors: number | undefined;
}

const columns: readonly Column[] = [
  { title: "network", align: "left" },
  { title: "optimized for", align: "left" },
  { title: "passes", align: "left" },
  { title: "on", align: "left" },
  ...["outputs", "logits", "layers", "bytes", "different", "instructions", "seconds"].map(
    (title): Column => ({ title, align: "right" }),
  ),
];

function combine<Mode, Passes, Where>(modes: Mode[], passesOf: Passes[], where: Where[]) {
  return modes.flatMap((optimize) =>
    passesOf.flatMap((passes) => where.map((place) => ({ optimize, passes, place }))),
  );
}

/** The names that an option was given. */
export function expectNames<Name extends string>(
  what: string,
  given: readonly string[],
  known: readonly Name[],
): Name[] {
  const unknown = given.find((name) => !(known as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`${what} "${unknown}" is not one of ${known.join(", ")}`);
  return given as Name[];
}

export async function checkPlace(
  model: GoldenModel,
  place: string,
  options: PlanOptions,
  vectors: readonly number[],
  onVector: (done: number) => void = () => undefined,
): Promise<GoldenCheck> {
  const program = planProgram(model.network, options);
  if (place === "plain") return checkOracle(model, program, vectors, onVector);
  if (place === "oracle") {
    return checkOracle(model, program, vectors, onVector, await createRunner(program, vectors.length));
  }
  if (place === "avr") return checkOnAvr(model, vectors, options, onVector);
  return checkOnDevice(model, place === "host-c" ? "host C" : place, vectors, options, onVector);
}

/** Where a network does not fit an emulated board, that is said; any other complaint is one. */
export const tooLarge = /B of (RAM|flash)/;

/**
 * Runs the whole set, prints a table and what differs.
 *
 * @returns whether all bytes are equal
 */
export async function runGolden(run: GoldenRun): Promise<boolean> {
  if (!hasGoldenVectors) {
    console.log(goldenVectorsAreMissing);
    return true;
  }
  const given = expectNames("network", run.models, goldenModels);
  const chosen: readonly GoldenModelName[] = given.length > 0 ? given : goldenModels;
  const chosenPlaces = expectNames("place", run.places, places);
  const passesOf = expectNames("passes", run.passes, ["on", "off"]);
  const modes = expectNames("mode", run.modes, optimizeModes);
  const rows: string[][] = [];
  const differences: string[] = [];
  const notRun: string[] = [];
  for (const id of chosen) {
    const model = readGoldenModel(id);
    const vectors = [...model.inputs.keys()].slice(0, run.vectors);
    for (const { optimize, passes, place } of combine(modes, passesOf, chosenPlaces)) {
      const name = [id, optimize, `passes ${passes}`, place].join(", ");
      const start = performance.now();
      const progress = startProgress(name, vectors.length);
      const options: PlanOptions = { optimize, passes: passes === "on" };
      let found: GoldenCheck;
      try {
        found = await checkPlace(model, place, options, vectors, (done) => progress.update(done));
      } catch (error) {
        if (!tooLarge.test((error as Error).message)) throw error;
        rows.push([id, optimize, passes, place, "does not fit", ...Array(6).fill("")]);
        notRun.push(`${name}: ${(error as Error).message}`);
        continue;
      } finally {
        progress.stop();
      }
      const counts = [found.vectors, found.logits, found.layers, found.bytes, found.differences.length];
      counts.push(Math.round(found.ticks / found.vectors));
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      rows.push([id, optimize, passes, place, ...counts.map(formatCount), seconds]);
      differences.push(...found.differences.map((text) => `${name}: ${text}`));
    }
  }
  console.log(renderTable(columns, rows));
  for (const reason of notRun) console.log(reason);
  for (const difference of differences.slice(0, 20)) console.log(difference);
  console.log(`${differences.length} outputs, logits or layers differ`);
  return differences.length === 0;
}
