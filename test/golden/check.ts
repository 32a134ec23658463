import type { Device } from "../../src/link/device.js";
import { runSequence } from "../../src/link/runSequence.js";
import { bytesOfValues, valuesOfBytes } from "../../src/network/elementTypes.js";
import type { ActivationData } from "../../src/network/quantizedNetwork.js";
import type { Program } from "../../src/program/program.js";
import { plainRunner } from "../../src/program/runner.js";
import { runProgram } from "../../src/program/runProgram.js";
import { resetStates } from "../../src/program/states.js";
import { firstDifference } from "../support/firstDifference.js";
import type { GoldenModel } from "./models.js";

/** How much was compared with the golden vectors, and what was different. */
export interface GoldenCheck {
  vectors: number;
  logits: number;
  /** Outputs of single layers. */
  layers: number;
  bytes: number;
  /** Of whole runs on a device that counts. */
  ticks: number;
  /** "vector 3, conv2d_0, index 17: found -4, expected 9" */
  readonly differences: string[];
}

export function emptyCheck(): GoldenCheck {
  return { vectors: 0, logits: 0, layers: 0, bytes: 0, ticks: 0, differences: [] };
}

function compare(check: GoldenCheck, what: string, found: ActivationData, expected: ActivationData): void {
  check.bytes += expected.byteLength;
  const difference = firstDifference(found, expected);
  if (difference === null) return;
  const { index, found: value, expected: golden } = difference;
  check.differences.push(`${what}, index ${index}: found ${value}, expected ${golden}`);
}

/** A layer's output, which a device tells as bytes. */
function valuesOf({ calls }: Program, index: number, output: ActivationData): ActivationData {
  return valuesOfBytes(bytesOfValues(output), calls[index]!.output.elementType);
}

/** A whole run's. */
export function compareOutput(
  check: GoldenCheck,
  model: GoldenModel,
  vector: number,
  output: ActivationData,
): void {
  check.vectors++;
  compare(check, `vector ${vector}, output`, output, model.outputs[vector]!);
}

/** Tensor's name → the operator that makes it in the file: an imported tensor has its layer's name. */
function operatorsByTensor({ origins }: GoldenModel): ReadonlyMap<string, number> {
  return new Map(origins.map(({ layer, operator }) => [layer, operator]));
}

/** The call that makes the logits: the last one before the softmax that fills what it reads, a reshape between or not. */
function logitsCall({ calls }: Program, { logitsLayer }: GoldenModel): number {
  if (logitsLayer !== undefined) return calls.findLastIndex(({ output }) => output.name === logitsLayer);
  const index = calls.findIndex(({ kind }) => kind === "softmax");
  if (index < 0) return -1;
  const { offset, bytes } = calls[index]!.inputs[0]!;
  return calls.findLastIndex(
    ({ output }, i) => i < index && output.offset === offset && output.bytes === bytes,
  );
}

/** Compares what is the same in the file: a pass may leave out a tensor, or its channels that are constant. */
function compareLayers(
  check: GoldenCheck,
  model: GoldenModel,
  program: Program,
  vector: number,
  layers: readonly ActivationData[],
): void {
  if (model.logits) {
    check.logits++;
    compare(check, `vector ${vector}, logits`, layers[logitsCall(program, model)]!, model.logits[vector]!);
  }
  const dump = model.dumps.find((candidate) => candidate.vector === vector);
  if (dump === undefined) return;
  const operators = operatorsByTensor(model);
  for (const [index, call] of program.calls.entries()) {
    const golden = dump.outputs[operators.get(call.output.name) ?? -1];
    if (golden === undefined || golden.length !== call.output.bytes) continue;
    check.layers++;
    compare(check, `vector ${vector}, ${call.name}`, layers[index]!, golden);
  }
}

/** Runs vectors on the host and compares outputs, logits, and every layer where there is a dump of it. */
export function checkOracle(
  model: GoldenModel,
  program: Program,
  vectors: Iterable<number>,
  onVector: (vectors: number) => void = () => undefined,
  runner = plainRunner(program),
): GoldenCheck {
  const check = emptyCheck();
  runner.reset();
  for (const vector of vectors) {
    const layers: ActivationData[] = [];
    const output = runner.run(model.inputs[vector]!, (_, found) => layers.push(found.slice()));
    compareOutput(check, model, vector, output);
    compareLayers(check, model, program, vector, layers);
    onVector(check.vectors);
  }
  return check;
}

export interface DeviceCheckOptions {
  /** The vectors that are run a second time layer by layer. Default: those with a dump. */
  readonly layersOf?: (vector: number) => boolean;
  /** Called after a whole run: what else the device holds then. */
  readonly afterRun?: (check: GoldenCheck, vector: number) => Promise<void>;
  readonly onVector?: (vectors: number) => void;
}

/** The same on a device: whole runs of all vectors, and layer by layer where asked. */
export async function checkDevice(
  model: GoldenModel,
  program: Program,
  device: Device,
  vectors: Iterable<number>,
  options: DeviceCheckOptions = {},
): Promise<GoldenCheck> {
  const hasDump = (vector: number) => model.dumps.some((dump) => dump.vector === vector);
  const { layersOf = hasDump, afterRun, onVector } = options;
  const check = emptyCheck();
  // of which it knows element types
  await device.hello();
  if (model.isSequence) return checkSequence(model, program, device, [...vectors]);
  for (const vector of vectors) {
    const input = model.inputs[vector]!;
    const { output, ticks } = await device.run(input);
    check.ticks += ticks ?? 0;
    compareOutput(check, model, vector, output);
    await afterRun?.(check, vector);
    if (layersOf(vector)) {
      const layers: ActivationData[] = [];
      for (const index of program.calls.keys()) {
        const ran = await device.runLayer(index, index === 0 ? input : undefined);
        layers.push(valuesOf(program, index, ran.output));
      }
      compareLayers(check, model, program, vector, layers);
    }
    onVector?.(check.vectors);
  }
  return check;
}

/** A sequence as a whole, then each step layer by layer, from the states that the host has before it. */
async function checkSequence(
  model: GoldenModel,
  program: Program,
  device: Device,
  vectors: readonly number[],
): Promise<GoldenCheck> {
  const check = emptyCheck();
  const { results } = await runSequence(
    device,
    vectors.map((vector) => model.inputs[vector]!),
  );
  const states = resetStates(program);
  for (const [step, vector] of vectors.entries()) {
    const { output, ticks } = results[step]!;
    check.ticks += ticks;
    compareOutput(check, model, vector, output);
    const input = model.inputs[vector]!;
    const layers: ActivationData[] = [];
    for (const index of program.calls.keys()) {
      const ran = index === 0 ? device.runLayer(0, input, states) : device.runLayer(index);
      layers.push(valuesOf(program, index, (await ran).output));
    }
    compareLayers(check, model, program, vector, layers);
    runProgram(
      program,
      input,
      (call, expected, index) => compare(check, `vector ${vector}, ${call.name}`, layers[index]!, expected),
      states,
    );
  }
  return check;
}
