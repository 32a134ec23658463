import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { type KeptKind, openKept, sealKept } from "../base/keptFile.js";
import type { RandomState } from "../base/random.js";
import type { FloatArray } from "../base/tensor.js";
import {
  readSafetensors,
  type StoredArray,
  type StoredTensor,
  writeSafetensors,
} from "../formats/safetensors.js";
import type { FinishedTraining, FitState } from "../train/fitting/checkpoint.js";
import type { EpochRecord, History } from "../train/fitting/history.js";
import type { Fingerprint } from "./checkpointFingerprint.js";

/** A cut training as it stands in a file. */
export interface StoredTraining {
  readonly fingerprint: Fingerprint;
  readonly state: FitState;
  readonly finished?: FinishedTraining | undefined;
  /** What others want kept beside it: plain JSON. */
  readonly attachment?: unknown;
}

const kind: KeptKind = { format: "pinfer checkpoint", version: 2 };
const damaged = "the file is damaged or of another program: remove it and begin anew without --resume";

/**
 * One file for a cut training: a safetensors file whose tensor "state" is JSON, sealed as a whole, so that training
 * never goes on from damaged numbers.
 */
export function encodeCheckpoint({ fingerprint, state, finished, attachment }: StoredTraining): Uint8Array {
  const { values, stepper, best, order, streams, records, random, epoch, samplesDone, samples, lossSum } =
    state;
  const tensors = new Map<string, StoredTensor>();
  const put = (name: string, data: StoredArray): void => {
    tensors.set(name, { shape: [data.length], data });
  };
  for (const [index, data] of values.entries()) put(`values/${index}`, data);
  for (const [index, data] of stepper.arrays.entries()) put(`stepper/${index}`, data);
  for (const [index, data] of best?.values.entries() ?? []) put(`best/${index}`, data);
  for (const [index, data] of finished?.values.entries() ?? []) put(`finished/${index}`, data);
  put("order", order);
  const description = {
    ...{ fingerprint, epoch, samplesDone, samples, lossSum, records, random, streams },
    stepper: { steps: stepper.steps, arrays: stepper.arrays.length },
    best: best && { epoch: best.epoch, loss: best.loss },
    values: values.length,
    transform: state.transform,
    finished: finished && { values: finished.values.length, history: finished.history },
    attachment,
  };
  put("state", Buffer.from(JSON.stringify(description)));
  return sealKept(kind, writeSafetensors(tensors));
}

/**
 * @param file its name, for messages
 * @throws UserError when the bytes are no such file, or any of them is not as it was written
 */
export function decodeCheckpoint(bytes: Uint8Array, file: string): StoredTraining {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = readSafetensors(openKept(kind, whole, file, damaged), file);
  const fields = new Fields(file, parseState(tensors, file), damaged);
  const stepper = fields.object("stepper");
  const values = takeFloats(tensors, "values", fields.integer("values", 0, maxTensors), file);
  const best = fields.has("best") ? fields.object("best") : undefined;
  const finished = fields.has("finished") ? fields.object("finished") : undefined;
  const order = tensors.get("order")?.data;
  if (!(order instanceof Int32Array)) throw new UserError(`${file} has no order of samples`, damaged);
  return {
    fingerprint: readTexts(fields.object("fingerprint")),
    attachment: fields.value("attachment"),
    finished: finished && {
      values: takeFloats(tensors, "finished", finished.integer("values", 0, maxTensors), file),
      history: readHistory(finished.object("history")),
    },
    state: {
      epoch: fields.integer("epoch", 1, 2 ** 31),
      samplesDone: fields.integer("samplesDone", 0, order.length),
      samples: fields.integer("samples", order.length, order.length),
      lossSum: fields.number("lossSum"),
      order,
      transform: fields.value("transform"),
      random: readRandom(fields.object("random")),
      streams: readStreams(fields.object("streams")),
      records: readRecords(fields),
      values,
      stepper: {
        steps: stepper.integer("steps", 0, Number.MAX_SAFE_INTEGER),
        arrays: takeFloats(tensors, "stepper", stepper.integer("arrays", 0, maxTensors), file),
      },
      best: best && {
        epoch: best.integer("epoch", 1, 2 ** 31),
        loss: best.number("loss"),
        values: takeFloats(tensors, "best", values.length, file),
      },
    },
  };
}

const maxTensors = 1e6;

function parseState(tensors: Map<string, StoredTensor>, file: string): unknown {
  const text = tensors.get("state")?.data;
  tensors.delete("state");
  if (!(text instanceof Uint8Array)) throw new UserError(`${file} is not a checkpoint`, damaged);
  try {
    return JSON.parse(Buffer.from(text).toString("utf8"));
  } catch (cause) {
    throw new UserError(`${file}: its state is not JSON: ${(cause as Error).message}`, damaged, { cause });
  }
}

function takeFloats(
  tensors: ReadonlyMap<string, StoredTensor>,
  group: string,
  count: number,
  file: string,
): FloatArray[] {
  return Array.from({ length: count }, (_, index) => {
    const data = tensors.get(`${group}/${index}`)?.data;
    if (data instanceof Float32Array || data instanceof Float64Array) return data;
    throw new UserError(`${file} has no numbers ${group}/${index}`, damaged);
  });
}

function readTexts(fields: Fields): Record<string, string> {
  return Object.fromEntries(fields.names().map((name) => [name, fields.string(name)]));
}

function readRandom(fields: Fields): RandomState {
  return {
    words: fields.integers("words", 0, 2 ** 32 - 1),
    position: fields.integer("position", 0, 624),
    ...(fields.has("cachedNormal") && { cachedNormal: fields.number("cachedNormal") }),
  };
}

function readStreams(fields: Fields): Record<string, RandomState> {
  return Object.fromEntries(fields.names().map((name) => [name, readRandom(fields.object(name))]));
}

function readHistory(fields: Fields): History {
  return {
    ...(fields.raw as History),
    epochs: readRecords(fields, "epochs"),
    keptEpoch: fields.integer("keptEpoch", 0, 2 ** 31),
  };
}

/** What is read of them later are numbers; metrics may be null, as JSON makes of what is none. */
function readRecords(fields: Fields, name = "records"): readonly EpochRecord[] {
  return fields.objects(name).map((record) => {
    record.integer("epoch", 1, 2 ** 31);
    if (record.has("validation")) record.object("validation").object("metrics");
    return record.raw as EpochRecord;
  });
}
