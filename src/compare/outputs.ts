import { createHash } from "node:crypto";
import { bytesOfValues } from "../network/elementTypes.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import { type Place, placeIn } from "./place.js";

/** Where two outputs part: the network's own numbers. */
export interface Difference extends Place {
  /** Of the value. */
  readonly index: number;
  readonly host: number;
  readonly device: number;
}

export interface OutputComparison {
  /** Or steps, of all sequences. */
  readonly samples: number;
  /** Of a sequence, where the network keeps states: the first of each begins with them reset. */
  readonly steps?: number;
  readonly bytesPerSample: number;
  /** Where there are several outputs: a sample has them behind each other. */
  readonly ports?: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly values: number;
  }[];
  readonly bytesCompared: number;
  readonly bytesDifferent: number;
  readonly samplesDifferent: number;
  /** In the order of samples, then of values; null when all are equal. */
  readonly firstDifference: Difference | null;
  /** Of all outputs, one after the other: 64 hexadecimal digits. */
  readonly hostSha256: string;
  readonly deviceSha256: string;
}

export interface LayerDifference extends Difference {
  /** Position in the order of running, from 0. */
  readonly layer: number;
  readonly name: string;
}

/**
 * Compares the outputs of the same samples byte by byte.
 *
 * @param host [samples][values of one]
 * @param device as `host`; another number of samples or values is our mistake, never the device's
 * @param steps of a sequence, where the network keeps states
 */
export function compareOutputs(
  host: readonly ActivationData[],
  device: readonly ActivationData[],
  steps?: number,
): OutputComparison {
  if (host.length !== device.length) {
    throw new Error(`${host.length} outputs of the host, ${device.length} of the device`);
  }
  const bytesPerSample = host[0]?.byteLength ?? 0;
  let bytesDifferent = 0;
  let samplesDifferent = 0;
  let firstDifference: Difference | null = null;
  host.forEach((expected, sample) => {
    const found = device[sample];
    const { bytes, first } = findDifferences(expected, found);
    if (first === undefined) return;
    firstDifference ??= {
      ...placeIn(sample, steps),
      ...{ index: first, host: expected[first], device: found[first] },
    };
    bytesDifferent += bytes;
    samplesDifferent += 1;
  });
  return {
    samples: host.length,
    ...(steps !== undefined && { steps }),
    bytesPerSample,
    bytesCompared: host.length * bytesPerSample,
    bytesDifferent,
    samplesDifferent,
    firstDifference,
    hostSha256: sha256(host),
    deviceSha256: sha256(device),
  };
}

/** How many bytes of two outputs of equal size differ, and which value is the first that does. */
export function findDifferences(
  host: ActivationData,
  device: ActivationData,
): { readonly bytes: number; readonly first: number | undefined } {
  const [expected, found] = [bytesOfValues(host), bytesOfValues(device)];
  if (expected.length !== found.length) {
    throw new Error(`an output of ${expected.length} B on the host, of ${found.length} B on the device`);
  }
  let bytes = 0;
  let first: number | undefined;
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] === found[i]) continue;
    bytes++;
    first ??= Math.floor(i / host.BYTES_PER_ELEMENT);
  }
  return { bytes, first };
}

function sha256(outputs: readonly ActivationData[]): string {
  const hash = createHash("sha256");
  for (const output of outputs) hash.update(bytesOfValues(output));
  return hash.digest("hex");
}
