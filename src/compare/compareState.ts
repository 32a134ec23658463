import { createHash } from "node:crypto";
import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import type { Hello } from "../link/messages.js";
import { noTicks, type TotalTicks } from "../link/totalTicks.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import type { LayerComparison } from "./layers.js";
import type { LayerDifference } from "./outputs.js";

/** What a comparison is of: one that is cut goes on only where all of this is the same. */
export interface ComparisonKey {
  /** SHA-256 of the quantized network. */
  readonly model: string;
  readonly optimize: string;
  /** Id of the board, and how it was reached. */
  readonly device: string;
  /** CRC-32 of the image in the device's flash; 0 where it has none. */
  readonly image: number;
  /** SHA-256 of all samples. */
  readonly inputs: string;
  readonly samples: number;
  readonly layers: boolean;
}

/** What has been compared so far, sample by sample from the first. */
export interface ComparisonState {
  readonly host: Int8Array[];
  readonly device: Int8Array[];
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
  read(): string | undefined;
  /** Called after every request's samples; makes the text only when it is time to write. */
  write(makeText: () => string): void;
}

const VERSION = 2;

export function comparisonKey(
  program: Program,
  { boardId }: Hello,
  options: {
    readonly deviceDescription: string;
    readonly image: number;
    readonly inputs: readonly ActivationData[];
    readonly layers: boolean;
  },
): ComparisonKey {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of options.inputs) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return {
    model: program.hash,
    optimize: program.optimize,
    device: `${boardId}, ${options.deviceDescription}`,
    image: options.image,
    inputs: hash.digest("hex"),
    samples: options.inputs.length,
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

export function encodeState(key: ComparisonKey, state: ComparisonState): string {
  const base64 = (rows: readonly Int8Array[]) =>
    Buffer.concat(rows.map((row) => Buffer.from(row.buffer, row.byteOffset, row.byteLength))).toString(
      "base64",
    );
  const { host, device, ticks, ...rest } = state;
  const done = { samples: host.length, host: base64(host), device: base64(device), ticks, ...rest };
  return `${JSON.stringify({ version: VERSION, key, done })}\n`;
}

/**
 * @param place the file's name, for messages
 * @throws UserError when the text is damaged, or is of another comparison: each difference is named
 */
export function decodeState(
  place: string,
  text: string,
  key: ComparisonKey,
  program: Program,
): ComparisonState {
  const hint = `remove ${place} to compare from the first sample`;
  const file = new Fields(place, parse(place, text, hint), hint);
  const version = file.value("version");
  if (version !== VERSION) {
    throw new UserError(
      `${place} is of version ${JSON.stringify(version)}; this pinfer reads version ${VERSION}`,
      hint,
    );
  }
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
  const rows = (name: string): Int8Array[] => {
    const bytes = new Int8Array(Buffer.from(done.string(name), "base64"));
    const size = program.output.bytes;
    if (bytes.length !== samples * size) done.fail(name, `${samples} outputs of ${size} bytes`);
    return Array.from({ length: samples }, (_, i) => bytes.slice(i * size, (i + 1) * size));
  };
  const layers = key.layers ? (done.array("layers") as readonly LayerComparison[]) : null;
  if (layers !== null && layers.length !== program.calls.length)
    done.fail("layers", `${program.calls.length} layers`);
  return {
    ...{ host: rows("host"), device: rows("device"), ticks, layers },
    lineBytes: done.integer("lineBytes", 0, Number.MAX_SAFE_INTEGER),
    retries: done.integer("retries", 0, Number.MAX_SAFE_INTEGER),
    firstDifference: (done.value("firstDifference") ?? null) as LayerDifference | null,
  };
}

function parse(place: string, text: string, hint: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${place} is not JSON: ${(cause as Error).message}`, hint, { cause });
  }
}
