import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { importTflite } from "../../src/import/importTflite.js";
import { audioState } from "../../src/network/audioFrontEnd.js";
import type { QuantizedAudioStream, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { resetStates } from "../../src/program/states.js";
import { withAudioStream } from "../../src/quantize/audioStream.js";
import { hasSignals, readGolden, signalsFolder } from "./signals.js";

const modelsFolder = fileURLToPath(new URL("../../../shared/tflite-field", import.meta.url));
const modelFolders = {
  v1: "micro-wake-word-mo__hey_jarvis__01c3cd",
  v2: "micro-wake-word-mo__hey_jarvis__21a797",
} as const;

export type WakeWord = keyof typeof modelFolders;
export const wakeWords = Object.keys(modelFolders) as readonly WakeWord[];
const presets = { v1: "microSpeech", v2: "wakeWord" } as const;

export const hasWakeWords = hasSignals && existsSync(modelsFolder);
export const wakeWordsAreMissing =
  "needs ../shared/signals and the models in ../shared/tflite-field, which are not here";

export function modelPathOf(version: WakeWord): string {
  return `${modelsFolder}/${modelFolders[version]}/model.tflite`;
}

/** microWakeWord's "hey jarvis", which takes samples. */
export function readWakeWord(version: WakeWord): QuantizedNetwork {
  const { network } = importTflite(readFileSync(modelPathOf(version)), "model.tflite", `jarvis_${version}`);
  return withAudioStream(network, { preset: presets[version] });
}

export function clipNames(): string[] {
  return readdirSync(`${signalsFolder}/e2e`).flatMap(
    (file) => /^(.*)\.audio\.npy$/.exec(file)?.slice(1) ?? [],
  );
}

/** What a clip gives: each step's outputs. The frames of the first run begin with the clip. */
export function runClip(network: QuantizedNetwork, program: Program, clip: string): number[][] {
  const samples = Int16Array.from(readGolden(`e2e/${clip}.audio`)!);
  const [{ frontEnd, output }] = network.layers as [QuantizedAudioStream];
  const step = network.tensors[network.inputs[0]!.tensor]!.shape[0]!;
  const { keptSamples, samplesAt } = audioState(frontEnd, step / frontEnd.stepSamples);
  const states = resetStates(program);
  const slot = program.states[network.states.findIndex(({ tensor }) => tensor === output)]!;
  states.set(new Uint8Array(samples.buffer, 0, 2 * keptSamples), slot.offset + samplesAt);
  const outputs: number[][] = [];
  for (let at = keptSamples; at + step <= samples.length; at += step) {
    outputs.push([...runProgram(program, samples.slice(at, at + step), undefined, states)]);
  }
  return outputs;
}

/** The outputs that TensorFlow Lite Micro gave, uint8, as the int8 that a device gives. */
export function expectedOutputs(clip: string, version: WakeWord): number[] {
  return Array.from(readGolden(`e2e/${clip}.${version}.outputs`)!, (value) => value - 128);
}

/** Prints by model how many of its outputs differ, of all clips. @returns whether none does */
export function runWakeWords(): boolean {
  let isEqual = true;
  for (const version of wakeWords) {
    const network = readWakeWord(version);
    const program = planProgram(network);
    let [compared, different] = [0, 0];
    for (const clip of clipNames()) {
      const expected = expectedOutputs(clip, version);
      const found = runClip(network, program, clip);
      compared += expected.length;
      different += expected.filter((value, i) => value !== found[i]?.[0]).length;
      if (found.length !== expected.length)
        console.log(
          `hey_jarvis ${version} ${clip}: ${found.length} outputs, ${expected.length} are expected`,
        );
    }
    console.log(`hey_jarvis ${version} from samples: ${different} of ${compared} outputs differ`);
    isEqual &&= different === 0;
  }
  return isEqual;
}
