import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { startLog } from "../../src/cli/trainLog.js";
import { cornersExperiment, succeed } from "../endToEnd/projects.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);

const rowsOf = (file: string): string[][] =>
  readFileSync(path(file), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));

describe("train --log", () => {
  beforeAll(() => {
    writeFileSync(path("corners.ts"), cornersExperiment);
  });

  it("writes the epochs that the model tells of, and those with rounding", () => {
    const printed = succeed(
      ...[
        "train",
        path("corners.ts"),
        "-o",
        path("model.json"),
        "--qat",
        "2",
        "--log",
        path("epochs.csv"),
        "--json",
      ],
    );
    const { epochs } = JSON.parse(printed.stdout);
    const [header, ...rows] = rowsOf("epochs.csv");
    expect(header!.slice(0, 6)).toEqual([
      "phase",
      "epoch",
      "learning_rate",
      "loss",
      "penalty",
      "validation_loss",
    ]);
    const trained = rows.filter(([phase]) => phase === "training");
    expect(trained.map(([, epoch, rate, loss]) => [epoch, rate, loss].map(Number))).toEqual(
      epochs.map((each: { epoch: number; learningRate: number; loss: number }) => [
        each.epoch,
        each.learningRate,
        each.loss,
      ]),
    );
    expect(rows.filter(([phase]) => phase === "rounding").map(([, epoch]) => epoch)).toEqual(["1", "2"]);
  });

  it("begins with what a training that goes on had done, so that no epoch is missing or there twice", async () => {
    const record = (epoch: number) => ({ epoch, learningRate: 0.1, loss: 1 / epoch });
    const experiment = { metrics: [{ name: 'a "b", c' }] } as never;
    const log = (await startLog(path("cut.csv"), experiment))!;
    const cut = { state: { records: [record(1), record(2)] } };
    const hooks = log.watch({ onStart: () => cut as never });
    hooks.onStart!(undefined as never, undefined as never, undefined as never);
    hooks.onEpoch!(record(3), "training");
    expect(readFileSync(path("cut.csv"), "utf8")).toBe(
      'phase,epoch,learning_rate,loss,penalty,validation_loss,"validation_a ""b"", c"\n' +
        "training,1,0.1,1,,,\ntraining,2,0.1,0.5,,,\ntraining,3,0.1,0.3333333333333333,,,\n",
    );
  });

  it("is refused before the training where it cannot be written", () => {
    const { error } = fail(["train", path("corners.ts"), "-o", path("m.json"), "--log", folder]);
    expect(error).toContain(folder);
  });
});
