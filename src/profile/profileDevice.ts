import { UserError } from "../base/errors.js";
import type { Shape } from "../base/tensor.js";
import { summarizeTicks, type Ticks } from "../compare/report.js";
import { describeProgram } from "../link/describeProgram.js";
import type { Device } from "../link/device.js";
import { expectLayers, runLayers } from "../link/runLayers.js";
import { totalTicks } from "../link/totalTicks.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { KernelCall, Optimize, Program } from "../program/program.js";
import { CycleCollector, type CycleSource, type ModelledCycles } from "./collectCycles.js";

/** What one layer costs on a device. */
export interface LayerProfile {
  /** Position in the order of running, from 0. */
  readonly layer: number;
  readonly name: string;
  readonly kind: KernelCall["kind"];
  readonly kernel: string;
  readonly outputShape: Shape;
  readonly macs: number;
  /** Of the layer alone, over all samples; with the few instructions that choose it. */
  readonly ticks: Ticks;
  /** Its part of all layers' mean ticks, 0..1. */
  readonly share: number;
  /** Mean ticks for each multiply-accumulate; null for a layer that has none. */
  readonly ticksPerMac: number | null;
  /** Only where all layers have them. */
  readonly modelledCycles?: Ticks;
}

/** What `profile` found: plain data, the same for every run of the same firmware and samples on an emulated board. */
export interface ProfileReport {
  readonly model: { readonly name: string; readonly hash: string };
  /** "olimex-stm32-h405", and how it was reached: "QEMU netduinoplus2", "serial port". */
  readonly device: { readonly board: string; readonly description: string };
  readonly optimize: Optimize;
  /** A target's id: what the firmware's kernels count on. */
  readonly target: string;
  readonly samples: number;
  /** What ticks count: "instructions" on the emulator, "cycles" on a board. */
  readonly unit: string;
  /** The core's clock where ticks are its cycles; null else. */
  readonly coreHz: number | null;
  readonly layers: readonly LayerProfile[];
  /** Of the whole network in one run. */
  readonly run: Ticks;
  /** Sum of the layers' mean ticks: more than a run by what choosing each layer costs. */
  readonly layerTicks: number;
  readonly macs: number;
  /** On an emulated board: cycles, or why there are none. */
  readonly modelledCycles?: ModelledCycles | { readonly missing: string };
}

export interface ProfileOptions {
  readonly program: Program;
  readonly device: Device;
  /** How the device was reached: "QEMU netduinoplus2". */
  readonly deviceDescription: string;
  /** At least one, of the input's element type. */
  readonly inputs: readonly ActivationData[];
  /** The core whose cycles are modelled and what does so, or why nothing does. */
  readonly cycleSource?: CycleSource;
  /** Called after every sample. */
  readonly onProgress?: (samplesDone: number) => void;
}

/**
 * Runs samples on a device, whole and layer by layer, and counts.
 *
 * @throws UserError when the device counts nothing, carries another network, or the link fails
 */
export async function profileDevice(options: ProfileOptions): Promise<ProfileReport> {
  const { program, device, inputs, onProgress } = options;
  const hello = await device.hello(describeProgram(program));
  expectLayers(hello, program);
  if (hello.counterKind === "none") {
    throw new UserError(
      `board "${hello.boardId}" counts neither cycles nor instructions`,
      "profile on an emulated board (--virtual) or on one with a cycle counter (--port)",
    );
  }
  const layers = program.calls.map(({ output }) => output);
  const collector = options.cycleSource && new CycleCollector(options.cycleSource, layers.length);
  const runTicks: number[] = [];
  const layerTicks: number[][] = program.calls.map(() => []);
  for (const [sample, input] of inputs.entries()) {
    const { ticks: ofRun } = await device.run(input);
    runTicks.push(ofRun);
    collector?.addRun(ofRun);
    const results = await runLayers(device, layers, input);
    for (const [layer, { ticks }] of results.entries()) layerTicks[layer]!.push(ticks);
    collector?.addLayers(results.map(({ ticks }) => ticks));
    onProgress?.(sample + 1);
  }
  const unit = hello.counterKind;
  const summaries = layerTicks.map((ticks) => summarizeTicks(unit, totalTicks(ticks))!);
  const cycles = collector?.collected();
  const total = summaries.reduce((sum, { mean }) => sum + mean, 0);
  return {
    model: { name: program.name, hash: program.hash },
    device: { board: hello.boardId, description: options.deviceDescription },
    optimize: program.optimize,
    target: program.target.id,
    samples: inputs.length,
    unit,
    coreHz: unit === "cycles" && hello.coreHz > 0 ? hello.coreHz : null,
    layers: program.calls.map(({ name, kind, kernel, macs, output }, layer) => {
      const ticks = summaries[layer]!;
      return {
        ...{ layer, name, kind, kernel, outputShape: output.shape, macs, ticks },
        share: total === 0 ? 0 : ticks.mean / total,
        ticksPerMac: macs === 0 ? null : ticks.mean / macs,
        ...(cycles?.layers && { modelledCycles: cycles.layers[layer]! }),
      };
    }),
    run: summarizeTicks(unit, totalTicks(runTicks))!,
    layerTicks: total,
    macs: program.calls.reduce((sum, { macs }) => sum + macs, 0),
    ...(cycles && { modelledCycles: cycles.all }),
  };
}
