import { UserError } from "../base/errors.js";
import { readText } from "../base/files.js";
import type { Facts, LayerFacts, Values } from "./facts.js";
import { modelFacts } from "./modelFacts.js";
import { reportFacts } from "./reportFacts.js";

/** A number on both sides; null where a file does not tell it. */
export interface ValueDiff {
  readonly name: keyof Values;
  readonly title: string;
  readonly isShare: boolean;
  readonly old: number | null;
  readonly new: number | null;
  /** new − old; null where one is missing. */
  readonly change: number | null;
}

export interface LayerChange {
  readonly name: string;
  /** "weights", "output [16] → [32]" */
  readonly what: readonly string[];
}

export interface LayersDiff {
  readonly added: readonly LayerFacts[];
  readonly removed: readonly LayerFacts[];
  readonly changed: readonly LayerChange[];
  readonly unchanged: number;
}

/** What `diff` found: plain data. Names come from files. */
export interface Diff {
  readonly old: Facts;
  readonly new: Facts;
  readonly values: readonly ValueDiff[];
  /** null where one file lists no layers. */
  readonly layers: LayersDiff | null;
}

const rows: readonly { name: keyof Values; title: string; isShare?: true; needsBoth?: true }[] = [
  { name: "accuracyFloat", title: "accuracy, float", isShare: true },
  { name: "accuracyInt8", title: "accuracy, int8", isShare: true },
  { name: "flashBytes", title: "flash of the image, B" },
  { name: "ramBytes", title: "RAM of the image, B" },
  { name: "tableBytes", title: "flash of the tables, B" },
  { name: "arenaBytes", title: "arena, B" },
  { name: "instructions", title: "instructions an inference", needsBoth: true },
  { name: "cycles", title: "cycles an inference", needsBoth: true },
  { name: "modelledCycles", title: "modelled cycles an inference", needsBoth: true },
  { name: "macs", title: "MACs" },
  { name: "parameters", title: "parameters" },
];

/** @throws UserError when the file is no model and no report, or is damaged */
export function readFacts(path: string): Facts {
  const value = parseJson(path, readText(path, "the model or report"));
  const isModel =
    typeof value === "object" && value !== null && "format" in value && value.format === "pinfer model";
  return isModel ? modelFacts(path) : reportFacts(path, value);
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(
      `${path} is not JSON: ${(cause as Error).message}`,
      "give two models (model.json), or two reports that --json printed",
      { cause },
    );
  }
}

export function diffFacts(old: Facts, next: Facts): Diff {
  const values = rows.flatMap(({ name, title, isShare = false, needsBoth = false }): ValueDiff[] => {
    const [before, after] = [old.values[name] ?? null, next.values[name] ?? null];
    const isShown = needsBoth ? before !== null && after !== null : before !== null || after !== null;
    if (!isShown) return [];
    const change = before === null || after === null ? null : after - before;
    return [{ name, title, isShare, old: before, new: after, change }];
  });
  const layers = old.layers && next.layers ? diffLayers(old.layers, next.layers) : null;
  return { old, new: next, values, layers };
}

/** Layers are the same by their name; of several with one name the first is the first. */
function diffLayers(old: readonly LayerFacts[], next: readonly LayerFacts[]): LayersDiff {
  const [before, after] = [keyed(old), keyed(next)];
  const both = [...after].flatMap(([key, layer]) => {
    const earlier = before.get(key);
    return earlier === undefined ? [] : [{ name: layer.name, what: changesOf(earlier, layer) }];
  });
  return {
    added: [...after].filter(([key]) => !before.has(key)).map(([, layer]) => layer),
    removed: [...before].filter(([key]) => !after.has(key)).map(([, layer]) => layer),
    changed: both.filter(({ what }) => what.length > 0),
    unchanged: both.filter(({ what }) => what.length === 0).length,
  };
}

function keyed(layers: readonly LayerFacts[]): Map<string, LayerFacts> {
  const counts = new Map<string, number>();
  return new Map(
    layers.map((layer) => {
      const count = counts.get(layer.name) ?? 0;
      counts.set(layer.name, count + 1);
      return [`${count} ${layer.name}`, layer];
    }),
  );
}

/** Parts that only one side knows are not compared. */
function changesOf(old: LayerFacts, next: LayerFacts): string[] {
  const parts = Object.keys(next.parts).filter(
    (part) => part in old.parts && old.parts[part] !== next.parts[part],
  );
  return [
    ...(old.kind === next.kind ? [] : [`kind ${old.kind} → ${next.kind}`]),
    ...(old.shape === next.shape ? [] : [`output ${old.shape} → ${next.shape}`]),
    ...parts.map((part) => {
      const [before, after] = [old.parts[part], next.parts[part]];
      const isHash = /^[0-9a-f]{64}$/.test(after);
      return isHash ? part : `${part} ${before} → ${after}`;
    }),
  ];
}
