import { describe, expect, it } from "vitest";
import { importTflite } from "../../src/import/importTflite.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { plainRunner } from "../../src/program/runner.js";
import {
  buildTflite,
  type FieldSpec,
  ModelBuilder,
  type ModelSpec,
  type OperatorSpec,
} from "./buildTflite.js";
import { complaintOf } from "./refuse.js";
import { survive } from "./survive.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const handle = (output: number, name = "stream/states"): OperatorSpec => ({
  ...{ type: "VAR_HANDLE", inputs: [], outputs: [output], optionsType: 111 },
  options: [[1, "text", name]],
});
const slice = (inputs: readonly number[], output: number, masks: readonly number[]): OperatorSpec => ({
  ...{ type: "STRIDED_SLICE", version: 2, inputs, outputs: [output], optionsType: 32 },
  options: masks.map((mask, field): FieldSpec => [field, "int32", mask]),
});

/**
 * [1, 2, 2] new rows behind three old ones; [1, 5, 2] is given. Operators: 0 CALL_ONCE, 1 VAR_HANDLE, 2 READ_VARIABLE,
 * then CONCATENATION 3 and STRIDED_SLICE 4 or, where the rows are cut in the next run, the other way round; 5 ASSIGN_VARIABLE.
 */
function windowModel(isCutBefore = false): Mutable<ModelSpec> & { operators: OperatorSpec[] } {
  const model = new ModelBuilder();
  const rows = model.activation([1, 2, 2]);
  const [variable, initialVariable] = [0, 1].map(() => model.tensor({ shape: [], type: "resource" }));
  const [old, cut, window] = [isCutBefore ? 5 : 3, 3, 5].map((size) => model.activation([1, size, 2]));
  const bounds = [
    [0, isCutBefore ? 2 : -3, 0],
    [0, 0, 2],
    [1, 1, 1],
  ].map((values) => model.integers(values));
  const length = isCutBefore ? 10 : 6;
  const data = Int8Array.from({ length }, (_, i) => i + 1);
  const initial = model.tensor({ shape: [1, length / 2, 2], data, scales: [0.5], zeroPoints: [3] });
  const join: OperatorSpec = {
    ...{ type: "CONCATENATION", inputs: [isCutBefore ? cut : old, rows], outputs: [window], optionsType: 10 },
    options: [[0, "int32", 1]],
  };
  const tail = slice([isCutBefore ? old : window, ...bounds], cut, [1, 7]);
  return {
    tensors: model.tensors,
    operators: [
      { type: "CALL_ONCE", inputs: [], outputs: [], optionsType: 103, options: [[0, "int32", 1]] },
      handle(variable),
      { type: "READ_VARIABLE", inputs: [variable], outputs: [old] },
      ...(isCutBefore ? [tail, join] : [join, tail]),
      { type: "ASSIGN_VARIABLE", inputs: [variable, isCutBefore ? window : cut], outputs: [] },
    ],
    second: [
      handle(initialVariable),
      { type: "ASSIGN_VARIABLE", inputs: [initialVariable, initial], outputs: [] },
    ],
    inputs: [rows],
    outputs: [window],
  };
}

describe("a variable that holds the newest rows", () => {
  it.each([
    [false, [1, 2, 3, 4, 5, 6]],
    [true, [5, 6, 7, 8, 9, 10]],
  ])("is a state whose rows move up, cut in the next run: %s", (isCutBefore, first) => {
    const { network, origins } = importTflite(buildTflite(windowModel(isCutBefore)), "test.tflite", "test");
    expect(network.layers).toEqual([
      { kind: "streamWindow", name: `stream_window_${isCutBefore ? 4 : 3}`, inputs: [0, 1], output: 1 },
    ]);
    expect(origins.map(({ type }) => type)).toEqual(["CONCATENATION"]);
    const runner = plainRunner(planProgram(network));
    const run = (...values: number[]) => [...runner.run(Int8Array.from(values))];
    expect(run(11, 12, 13, 14)).toEqual([...first, 11, 12, 13, 14]);
    expect(run(15, 16, 17, 18)).toEqual([...first.slice(4), 11, 12, 13, 14, 15, 16, 17, 18]);
  });

  it("stays a state in a model file", () => {
    expect(survive(buildTflite(windowModel()), { plans: true })).toBeUndefined();
  });
});

/** What is said of the model after a change of an operator. */
function refusal(change: (model: ReturnType<typeof windowModel>) => void, isCutBefore = false): string {
  const model = windowModel(isCutBefore);
  change(model);
  const { message } = complaintOf(buildTflite(model));
  return message.replace(/^test\.tflite cannot be imported:\n {2}/, "");
}

describe("what is no such variable is refused, and named", () => {
  const named = 'the variable "stream/states"';
  it.each<[string, (model: ReturnType<typeof windowModel>) => void, string]>([
    [
      "other rows than the last",
      ({ tensors }) => Object.assign(tensors[6]!, { data: Int32Array.of(0, -4, 0) }),
      `operators 2, 5: ${named} is not cut to the rows behind the oldest 2 of 5`,
    ],
    [
      "every second row",
      ({ tensors }) => Object.assign(tensors[8]!, { data: Int32Array.of(1, 2, 1) }),
      `operators 2, 5: ${named} is not cut to the rows behind the oldest 2 of 5`,
    ],
    [
      "new rows in front",
      ({ operators }) => Object.assign(operators[3]!, { inputs: [0, 3] }),
      `operators 2, 5: ${named} is not joined with new rows behind it, and cut, alone`,
    ],
    [
      "columns that are joined",
      ({ operators }) => Object.assign(operators[3]!, { options: [[0, "int32", 2]] }),
      `operators 2, 5: ${named} joins [1, 3, 2] and [1, 2, 2] along axis 2; rows along axis 1 are supported`,
    ],
    [
      "old rows that something else reads too",
      ({ operators }) => operators.push({ type: "RELU", inputs: [3], outputs: [4] }),
      `operators 2, 5: ${named} is no window of the newest rows`,
    ],
    [
      "two assignments",
      ({ operators }) => operators.push(operators[5]!),
      `operators 2, 5, 6: ${named} is read 1 times and assigned 2 times; once each is supported`,
    ],
    [
      "an assignment before the rows are there",
      ({ operators }) => operators.splice(3, 0, ...operators.splice(5, 1)),
      `operators 2, 3: ${named} is not read, joined with new rows and assigned in this order`,
    ],
    [
      "no first values",
      (model) => {
        model.second = [];
      },
      `operators 2, 5: ${named} has no first values of its shape, int8, which CALL_ONCE assigns`,
    ],
    [
      "first values of another variable",
      (model) => {
        model.second = [handle(2, "other"), ...model.second!.slice(1)];
      },
      `operators 2, 5: ${named} has no first values of its shape, int8, which CALL_ONCE assigns`,
    ],
    [
      "no CALL_ONCE",
      (model) => {
        model.operators.splice(0, 1);
      },
      "it has 0 CALL_ONCE that give variables their first values; one is supported",
    ],
    [
      "a subgraph that computes first values",
      (model) => {
        model.second = [...model.second!, { type: "RELU", inputs: [0], outputs: [4] }];
      },
      "operator 2 (RELU) of the subgraph that CALL_ONCE runs; constants for variables are supported",
    ],
    [
      "a variable that nobody made",
      ({ operators }) => Object.assign(operators[1]!, { options: [] }),
      "operator 1 (VAR_HANDLE) names no variable\n" +
        "  operator 2 (READ_VARIABLE) has no VAR_HANDLE before it\n" +
        "  operator 5 (ASSIGN_VARIABLE) has no VAR_HANDLE before it",
    ],
  ])("%s", (_, change, message) => {
    expect(refusal(change)).toContain(message);
  });
});
