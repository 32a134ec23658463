import { UserError } from "../base/errors.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import type { Device, RunAnswer } from "./device.js";
import { expectModel } from "./expectModel.js";
import { Refusal } from "./linkErrors.js";
import { type Hello, LAYER_OUT_OF_ORDER } from "./messages.js";

/** A device that starts anew, or answers another host, between two layers is asked for all of them again. */
const MAX_SEQUENCES = 3;

/**
 * Runs every layer of a network alone, one after the other.
 *
 * @throws UserError when the sequence is broken again and again, or the link fails
 */
export async function runLayers(
  device: Device,
  layerCount: number,
  input: ActivationData,
): Promise<RunAnswer[]> {
  for (let sequence = 1; ; sequence++) {
    try {
      return await runSequence(device, layerCount, input);
    } catch (error) {
      const wasBroken = error instanceof Refusal && error.status === LAYER_OUT_OF_ORDER;
      if (!wasBroken || sequence === MAX_SEQUENCES) throw error;
    }
  }
}

async function runSequence(device: Device, layerCount: number, input: ActivationData): Promise<RunAnswer[]> {
  const results: RunAnswer[] = [];
  for (let layer = 0; layer < layerCount; layer++) {
    results.push(await device.runLayer(layer, layer === 0 ? input : undefined));
  }
  return results;
}

/**
 * Refuses a device on which a layer's number means another layer than on the host.
 *
 * @throws UserError when it carries another network, or the same one planned in another way
 */
export function expectLayers(hello: Hello, program: Program): void {
  expectModel(hello, program.hash);
  const { layerNames } = hello.network;
  const names = program.calls.map(({ name }) => name);
  const different = Array.from({ length: Math.max(names.length, layerNames.length) }).findIndex(
    (_, layer) => names[layer] !== layerNames[layer],
  );
  if (different < 0) return;
  const told = (name: string | undefined) => (name === undefined ? "no layer" : `"${name}"`);
  throw new UserError(
    `layer ${different} is ${told(layerNames[different])} on the board and ${told(names[different])} here: ` +
      `the board has ${layerNames.length} layers, the host ${names.length}`,
    "export, build and flash the firmware again with this version of pinfer",
  );
}
