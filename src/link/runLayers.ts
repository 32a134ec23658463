import { UserError } from "../errors.js";
import type { Program } from "../program.js";
import type { ActivationData } from "../quantizedNetwork.js";
import type { Device } from "./device.js";
import { expectModel } from "./expectModel.js";
import type { Hello, RunResult } from "./messages.js";

/** Runs every layer of a network alone, one after the other. */
export async function runLayers(
  device: Device,
  layerCount: number,
  input: ActivationData,
): Promise<RunResult[]> {
  const results: RunResult[] = [];
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
