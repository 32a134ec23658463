import { createHash } from "node:crypto";
import { type Place, placeIn } from "./place.js";

/** Where two outputs part: numbers are int8. */
export interface Difference extends Place {
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
  readonly ports?: readonly { readonly name: string; readonly bytes: number }[];
  readonly bytesCompared: number;
  readonly bytesDifferent: number;
  readonly samplesDifferent: number;
  /** In the order of samples, then of bytes; null when all are equal. */
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
 * @param host int8 [samples][bytesPerSample]
 * @param device as `host`; another number of samples or bytes is our mistake, never the device's
 * @param steps of a sequence, where the network keeps states
 */
export function compareOutputs(
  host: readonly Int8Array[],
  device: readonly Int8Array[],
  steps?: number,
): OutputComparison {
  if (host.length !== device.length) {
    throw new Error(`${host.length} outputs of the host, ${device.length} of the device`);
  }
  const bytesPerSample = host[0]?.length ?? 0;
  let bytesDifferent = 0;
  let samplesDifferent = 0;
  let firstDifference: Difference | null = null;
  host.forEach((expected, sample) => {
    const indices = differingIndices(expected, device[sample]);
    if (indices.length === 0) return;
    const index = indices[0];
    firstDifference ??= {
      ...placeIn(sample, steps),
      ...{ index, host: expected[index], device: device[sample][index] },
    };
    bytesDifferent += indices.length;
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

/** Where two outputs of equal size part. */
export function differingIndices(host: Int8Array, device: Int8Array): number[] {
  if (host.length !== device.length) {
    throw new Error(`an output of ${host.length} B on the host, of ${device.length} B on the device`);
  }
  const indices: number[] = [];
  for (let i = 0; i < host.length; i++) if (host[i] !== device[i]) indices.push(i);
  return indices;
}

function sha256(outputs: readonly Int8Array[]): string {
  const hash = createHash("sha256");
  for (const output of outputs) hash.update(output);
  return hash.digest("hex");
}
