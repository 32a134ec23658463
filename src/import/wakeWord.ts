import { basename } from "node:path";
import { Fields } from "../base/fields.js";
import { jsonObject } from "./jsonObject.js";

/** What ESPHome is told of a wake word, beside the model's file. */
export interface WakeWord {
  readonly word: string;
  /** A file in the manifest's folder. */
  readonly model: string;
  /** Milliseconds from one frame of features to the next. */
  readonly stepMs: number;
  /** Steps of 1/255, rounded down, that the mean of the latest `window` probabilities must exceed. */
  readonly cutoff: number;
  readonly window: number;
}

/** Frames of quiet before anything may be detected: ESPHome's MIN_SLICES_BEFORE_DETECTION. */
export const wakeWordHoldOff = 74;

/** Of version 1, which does not tell it. */
const firstStepMs = 20;

/**
 * Reads a manifest of microWakeWord.
 *
 * @param path the file's, for messages
 * @returns undefined for other files
 * @throws UserError when it is one and damaged
 * Source: ESPHome, components/micro_wake_word/__init__.py, versions 1 and 2 of the manifest.
 */
export function readWakeWord(bytes: Uint8Array, path: string): WakeWord | undefined {
  const parsed = jsonObject(bytes);
  if (parsed === undefined || !("type" in parsed) || parsed.type !== "micro") {
    return undefined;
  }
  const fields = new Fields(
    basename(path),
    parsed,
    "a manifest of microWakeWord has type, wake_word, model, version and micro",
  );
  const version = fields.integer("version", 1, 2);
  const micro = fields.object("micro");
  const model = fields.string("model");
  if (model !== basename(model) || !model.endsWith(".tflite")) {
    fields.fail("model", "the name of a .tflite file in the manifest's folder");
  }
  const probability = micro.number("probability_cutoff");
  if (!(probability >= 0 && probability <= 1)) micro.fail("probability_cutoff", "a probability of 0 to 1");
  const isFirst = version === 1;
  return {
    word: fields.string("wake_word"),
    model,
    stepMs: isFirst ? firstStepMs : micro.integer("feature_step_size", 1, 1000),
    cutoff: Math.trunc(probability * 255),
    window: micro.integer(isFirst ? "sliding_window_average_size" : "sliding_window_size", 1, 1000),
  };
}
