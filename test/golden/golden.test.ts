import { describe, expect, it } from "vitest";
import { boards } from "../../src/board/boards.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { targets } from "../embedding/targets.js";
import { emulatorPath } from "../support/emulator.js";
import { checkOnAvr } from "./avr.js";
import { checkOracle } from "./check.js";
import { checkOnDevice } from "./devices.js";
import {
  type GoldenModel,
  goldenModels,
  goldenVectorsAreMissing,
  hasGoldenVectors,
  readGoldenModel,
} from "./models.js";

/** One with a dump, and others: 0–58 are random, 59–77 smooth, 78–91 realistic, 92–95 corners. */
const someVectors = [59, 31, 85, 95];

/** Layers of which there is a dump: all but reshapes, which are no calls. */
function layersPerDump({ network }: GoldenModel): number {
  return network.layers.filter(({ kind }) => kind !== "reshape").length;
}

describe("the networks of MLPerf Tiny give TensorFlow Lite Micro's bytes", () => {
  if (!hasGoldenVectors) {
    it.skip(goldenVectorsAreMissing, () => {});
    return;
  }

  it.each(goldenModels)("%s: outputs, logits and every layer on the host", (id) => {
    const model = readGoldenModel(id);
    const dumped = model.dumps.map(({ vector }) => vector);
    const logits = model.logits ? dumped.length : 0;
    expect(checkOracle(model, planProgram(model.network, { passes: false }), dumped)).toMatchObject({
      ...{ vectors: dumped.length, logits, differences: [] },
      layers: dumped.length * layersPerDump(model),
    });
    // a pass may leave out layers and channels
    const passed = checkOracle(model, planProgram(model.network), someVectors);
    expect(passed).toMatchObject({ vectors: someVectors.length, logits, differences: [] });
    expect(passed.layers).toBeGreaterThan(layersPerDump(model) / 4);
  });

  it.each(goldenModels)("%s: the same bytes whatever it is optimized for", (id) => {
    const model = readGoldenModel(id);
    for (const optimize of optimizeModes.filter((mode) => mode !== "speed")) {
      const { differences } = checkOracle(model, planProgram(model.network, { optimize }), [78]);
      expect([optimize, ...differences]).toEqual([optimize]);
    }
  });

  it.each(["kws", "ad", "sww"] as const)(
    "%s: the emitted C on this computer, and on the emulated board",
    async (id) => {
      const model = readGoldenModel(id);
      const vectors = [59, 80];
      for (const kind of ["host C", "emulator"] as const) {
        expect(await checkOnDevice(model, kind, vectors)).toMatchObject({
          vectors: 2,
          layers: layersPerDump(model),
          differences: [],
        });
      }
    },
  );

  const cores = boards.filter(
    ({ emulatorMachines, limits }) => emulatorMachines.length > 0 && limits === undefined,
  );
  it.each(cores.filter((board) => emulatorPath(board) !== undefined).map(({ id }) => id))(
    "sww: the emitted C on the core of %s",
    async (id) => {
      const model = readGoldenModel("sww");
      expect(await checkOnDevice(model, id, [59])).toMatchObject({
        ...{ vectors: 1, layers: layersPerDump(model), differences: [] },
      });
    },
  );

  it.skipIf(targets.avr.missing !== undefined)(
    `sww: the emitted C on an AVR, whose int has 16 bits${targets.avr.missing ? ` (${targets.avr.missing})` : ""}`,
    () => {
      expect(checkOnAvr(readGoldenModel("sww"), [59])).toMatchObject({ vectors: 1, differences: [] });
    },
  );

  it("names vector, layer and index where weights are others", () => {
    const model = readGoldenModel("ad");
    const layers = model.network.layers.map((layer) =>
      layer.kind === "fullyConnected" && layer.name === "fully_connected_2"
        ? { ...layer, weights: layer.weights.toReversed() }
        : layer,
    );
    const changed = { ...model, network: { ...model.network, layers } };
    const { differences } = checkOracle(changed, planProgram(changed.network), [59]);
    expect(differences).toContainEqual(
      expect.stringMatching(/^vector 59, fully_connected_2, index \d+: found -?\d+, expected -?\d+$/),
    );
    expect(differences).not.toContainEqual(expect.stringContaining("fully_connected_1,"));
  });
});
