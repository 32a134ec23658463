import { createHash } from "node:crypto";
import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { type KeptKind, openKept, sealKept } from "../base/keptFile.js";
import { packageVersion } from "../base/packageRoot.js";
import type { Hello } from "../link/messages.js";
import { noTicks, type TotalTicks } from "../link/totalTicks.js";
import { integerRanges, valuesOfBytes } from "../network/elementTypes.js";
import { portBytes } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { PortSlot, Program } from "../program/program.js";
import type { LayerComparison } from "./layers.js";
import type { LayerDifference } from "./outputs.js";

/** What a comparison is of: one that is cut goes on only where all of this is the same. */
export interface ComparisonKey {
  /** Its version: another may tell otherwise what is compared. */
  readonly pinfer: string;
  /** SHA-256 of the quantized network. */
  readonly model: string;
  readonly optimize: string;
  /** Id of the board, and how it was reached. */
  readonly device: string;
  /** CRC-32 of the image in the device's flash; 0 where it has none. */
  readonly image: number;
  /** SHA-256 of the manifest of the firmware that was built for it, which names all its files; none on a port. */
  readonly firmware: string;
  /** SHA-256 of all samples. */
  readonly inputs: string;
  readonly samples: number;
  /** Of a sequence, where the network keeps states. */
  readonly steps?: number;
  readonly layers: boolean;
}

/** What has been compared so far, sample by sample from the first. */
export interface ComparisonState {
  readonly host: ActivationData[];
  readonly device: ActivationData[];
  ticks: TotalTicks;
  /** Of all samples, on the link. */
  lineBytes: number;
  retries: number;
  /** Where they are compared. */
  layers: readonly LayerComparison[] | null;
  firstDifference: LayerDifference | null;
}

/** Where a comparison is kept while it goes on. */
export interface ComparisonStore {
  /** For messages. */
  readonly place: string;
  /** What was kept; undefined when nothing was. */
  read(): Buffer | undefined;
  /** Called after every request's samples; makes the bytes only when it is time to write. */
  write(makeBytes: () => Buffer): void;
}

const kind: KeptKind = { format: "pinfer comparison", version: 3 };

export function comparisonKey(
  program: Program,
  { boardId }: Hello,
  options: {
    readonly deviceDescription: string;
    readonly image: number;
    readonly firmware: string;
    readonly inputs: readonly ActivationData[];
    readonly steps?: number | undefined;
    readonly layers: boolean;
  },
): ComparisonKey {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of options.inputs) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return {
    pinfer: packageVersion,
    model: program.hash,
    optimize: program.optimize,
    device: `${boardId}, ${options.deviceDescription}`,
    image: options.image,
    firmware: options.firmware,
    inputs: hash.digest("hex"),
    samples: options.inputs.length,
    ...(options.steps !== undefined && { steps: options.steps }),
    layers: options.layers,
  };
}

export function emptyState(): ComparisonState {
  return {
    host: [],
    device: [],
    ticks: noTicks,
    lineBytes: 0,
    retries: 0,
    layers: null,
    firstDifference: null,
  };
}

export function encodeState(key: ComparisonKey, state: ComparisonState): Buffer {
  const base64 = (rows: readonly ActivationData[]) =>
    Buffer.concat(rows.map((row) => Buffer.from(row.buffer, row.byteOffset, row.byteLength))).toString(
      "base64",
    );
  const { host, device, ticks, ...rest } = state;
  const done = { samples: host.length, host: base64(host), device: base64(device), ticks, ...rest };
  return sealKept(kind, `${JSON.stringify({ key, done })}\n`);
}

/**
 * @param place the file's name, for messages
 * @throws UserError when any byte is not as it was written, or it is of another comparison: what differs is named
 */
export function decodeState(
  place: string,
  bytes: Buffer,
  key: ComparisonKey,
  program: Program,
): ComparisonState {
  const hint = `remove ${place} to compare from the first sample`;
  const file = new Fields(place, JSON.parse(openKept(kind, bytes, place, hint).toString("utf8")), hint);
  const kept = file.object("key");
  for (const [name, value] of Object.entries(key)) {
    if (kept.value(name) === value) continue;
    const found = JSON.stringify(kept.value(name)) ?? "nothing";
    throw new UserError(
      `${place} is of another comparison: ${name} is ${JSON.stringify(value)}, there it was ${found}`,
      hint,
    );
  }
  const done = file.object("done");
  const samples = done.integer("samples", 0, key.samples);
  const total = done.object("ticks");
  const tick = (name: string) => total.integer(name, 0, 0xffffffff);
  const ticks: TotalTicks = {
    count: total.integer("count", samples, samples),
    min: tick("min"),
    max: tick("max"),
    sum: total.integer("sum", 0, Number.MAX_SAFE_INTEGER),
  };
  const rows = (name: string): ActivationData[] => {
    const bytes = new Int8Array(Buffer.from(done.string(name), "base64"));
    const size = portBytes(program.outputs);
    if (bytes.length !== samples * size) done.fail(name, `${samples} outputs of ${size} bytes`);
    const [{ elementType }] = program.outputs as [PortSlot];
    return Array.from({ length: samples }, (_, i) =>
      valuesOfBytes(bytes.slice(i * size, (i + 1) * size), elementType),
    );
  };
  const layers = key.layers && samples > 0 ? readLayers(done, program) : null;
  return {
    ...{ host: rows("host"), device: rows("device"), ticks, layers },
    lineBytes: done.integer("lineBytes", 0, Number.MAX_SAFE_INTEGER),
    retries: done.integer("retries", 0, Number.MAX_SAFE_INTEGER),
    firstDifference: readDifference(done, program),
  };
}

/** @returns null when nothing differed */
function readDifference(done: Fields, program: Program): LayerDifference | null {
  if (done.value("firstDifference") === null) return null;
  const difference = done.object("firstDifference");
  readPlace(difference);
  difference.integer("layer", 0, program.calls.length - 1);
  difference.string("name");
  return difference.raw as LayerDifference;
}

function readLayers(done: Fields, program: Program): readonly LayerComparison[] {
  const layers = done.objects("layers");
  if (layers.length !== program.calls.length) done.fail("layers", `${program.calls.length} layers`);
  return layers.map((layer, index) => {
    layer.integer("layer", index, index);
    for (const name of ["bytesCompared", "bytesDifferent", "samplesDifferent"])
      layer.integer(name, 0, Number.MAX_SAFE_INTEGER);
    if (layer.value("firstDifference") !== null) readPlace(layer.object("firstDifference"));
    return layer.raw as LayerComparison;
  });
}

function readPlace(difference: Fields): void {
  for (const name of ["sample", "index"]) difference.integer(name, 0, Number.MAX_SAFE_INTEGER);
  for (const name of ["host", "device"]) difference.integer(name, ...integerRanges.int32);
}
