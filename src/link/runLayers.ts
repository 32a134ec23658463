import { UserError } from "../base/errors.js";
import { bytesOfValues, valuesOfBytes } from "../network/elementTypes.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { ArenaSlot, Program } from "../program/program.js";
import type { Device, RunAnswer } from "./device.js";
import { Refusal, wrongSize } from "./linkErrors.js";
import { type Hello, OUT_OF_ORDER } from "./messages.js";

/** What a layer gives. */
type LayerOutput = Pick<ArenaSlot, "bytes" | "elementType">;

/** A device that starts anew, or answers another host, between two layers is asked for all of them again. */
const MAX_SEQUENCES = 3;

/**
 * Runs every layer of a network alone, one after the other.
 *
 * @param layers each layer's output
 * @param states what the network keeps, where it does, before them
 * @throws UserError when the sequence is broken again and again, an output is of another size, or the link fails
 */
export async function runLayers(
  device: Device,
  layers: readonly LayerOutput[],
  input: ActivationData,
  states?: Uint8Array,
): Promise<RunAnswer[]> {
  for (let sequence = 1; ; sequence++) {
    try {
      return await runSequence(device, layers, input, states);
    } catch (error) {
      const wasBroken = error instanceof Refusal && error.status === OUT_OF_ORDER;
      if (!wasBroken || sequence === MAX_SEQUENCES) throw error;
    }
  }
}

async function runSequence(
  device: Device,
  layers: readonly LayerOutput[],
  input: ActivationData,
  states: Uint8Array | undefined,
): Promise<RunAnswer[]> {
  const results: RunAnswer[] = [];
  for (const [layer, { bytes, elementType }] of layers.entries()) {
    const result = await device.runLayer(
      layer,
      layer === 0 ? input : undefined,
      layer === 0 ? states : undefined,
    );
    if (result.output.byteLength !== bytes) {
      throw wrongSize(device.name, `run layer ${layer}`, result.output.byteLength, bytes);
    }
    results.push({ ...result, output: valuesOfBytes(bytesOfValues(result.output), elementType) });
  }
  return results;
}

/**
 * Refuses a device on which a layer's number means another layer than on the host.
 *
 * @param hello of a device that carries the program's network
 * @throws UserError when it is planned in another way
 */
export function expectLayers(hello: Hello, program: Program): void {
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
