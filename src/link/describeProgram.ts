import type { Program } from "../program/program.js";
import { stateBytes } from "../program/states.js";
import { decodeDescription, encodeDescription, type NetworkDescription } from "./description.js";

/** What firmware around the program tells of its network, as a host reads it: scales are float32. */
export function describeProgram(program: Program): NetworkDescription {
  return decodeDescription(encodeProgram(program));
}

/** The bytes of `network_description`. */
export function encodeProgram(program: Program): Uint8Array {
  return encodeDescription({
    hash: program.hash,
    name: program.name,
    inputs: program.inputs,
    outputs: program.outputs,
    stateBytes: stateBytes(program),
    arenaBytes: program.arenaBytes,
    macs: program.calls.reduce((sum, { macs }) => sum + macs, 0),
    layerNames: program.calls.map((call) => call.name),
  });
}
