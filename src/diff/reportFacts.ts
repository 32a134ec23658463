import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { formatShape } from "../base/tensor.js";
import type { Facts, LayerFacts, Values } from "./facts.js";

const mostBytes = Number.MAX_SAFE_INTEGER;
const mostElements = 2 ** 40;

/** What --json of a command printed, by fields that no other command prints. */
const kinds: readonly {
  readonly kind: string;
  readonly fields: readonly string[];
  readonly read: (fields: Fields) => Read;
}[] = [
  { kind: "report of compare", fields: ["equal", "outputs", "model"], read: readComparison },
  { kind: "report of profile", fields: ["run", "layerTicks", "model"], read: readProfile },
  { kind: "report of summary", fields: ["tableBytes", "arenaUses", "hash"], read: readSummary },
  { kind: "report of build", fields: ["board", "elf"], read: readBuild },
];

type Read = Omit<Facts, "path" | "kind">;

/**
 * @param value what stands in the file
 * @throws UserError when it is none of these reports, or is damaged
 */
export function reportFacts(path: string, value: unknown): Facts {
  const fields = new Fields(path, value, "write it again with --json");
  if (fields.names().every((name) => name === "error") && fields.has("error")) {
    throw new UserError(`${path} holds an error of a command, and no report`, "run the command again");
  }
  const found = kinds.find((kind) => kind.fields.every((name) => fields.has(name)));
  if (found === undefined) {
    throw new UserError(
      `${path} is no model, and no report of compare, profile, summary or build`,
      "`pinfer profile model.json --virtual --json > report.json` writes one",
    );
  }
  return { path, kind: found.kind, ...found.read(fields) };
}

function readComparison(fields: Fields): Read {
  const accuracy = fields.value("accuracy") === null ? undefined : fields.object("accuracy");
  return {
    ...identityOf(fields.object("model")),
    values: {
      ...(accuracy && accuracy.value("float") !== null && { accuracyFloat: share(accuracy, "float") }),
      ...(accuracy && { accuracyInt8: share(accuracy, "device") }),
      ...(fields.value("ticks") !== null && ticksIn(fields.object("ticks"))),
      ...imageIn(fields),
    },
    ...(fields.value("layers") !== null && {
      layers: fields.objects("layers").map((layer) => layerOf(layer, "shape", [])),
    }),
  };
}

function readProfile(fields: Fields): Read {
  return {
    ...identityOf(fields.object("model")),
    values: {
      ...ticksIn(fields.object("run")),
      ...(fields.has("modelledCycles") && modelledIn(fields.object("modelledCycles"))),
      ...imageIn(fields),
      macs: fields.integer("macs", 0, mostBytes),
    },
    layers: fields.objects("layers").map((layer) => layerOf(layer, "outputShape", ["macs", "kernel"])),
  };
}

function readSummary(fields: Fields): Read {
  const count = (name: string) => fields.integer(name, 0, mostBytes);
  return {
    ...identityOf(fields),
    values: {
      ...{ tableBytes: count("tableBytes"), arenaBytes: count("arenaBytes") },
      ...{ macs: count("macs"), parameters: count("parameters") },
    },
    layers: fields
      .objects("layers")
      .map((layer) => layerOf(layer, "outputShape", ["parameters", "macs", "kernel"])),
  };
}

function readBuild(fields: Fields): Read {
  return { values: fields.has("sizes") ? sizesIn(fields.object("sizes")) : {} };
}

function identityOf(fields: Fields): { name: string; hash: string } {
  const hash = fields.string("hash");
  if (!/^[0-9a-f]{64}$/.test(hash)) fields.fail("hash", "64 hexadecimal digits");
  return { name: fields.string("name"), hash };
}

function share(fields: Fields, name: string): number {
  const value = fields.number(name);
  return value >= 0 && value <= 1 ? value : fields.fail(name, "a share of 0..1");
}

function ticksIn(fields: Fields): Values {
  const unit = fields.oneOf("unit", ["instructions", "cycles"]);
  const [mean, most] = [fields.number("mean"), fields.number("max")];
  return unit === "cycles"
    ? { cycles: mean, mostCycles: most }
    : { instructions: mean, mostInstructions: most };
}

function modelledIn(fields: Fields): Values {
  if (!fields.has("run")) return {}; // it says what is missing
  const { cycles, mostCycles } = ticksIn(fields.object("run"));
  return { ...(cycles !== undefined && { modelledCycles: cycles, mostModelledCycles: mostCycles! }) };
}

function imageIn(fields: Fields): Values {
  return fields.has("image") ? sizesIn(fields.object("image")) : {};
}

function sizesIn(fields: Fields): Values {
  const bytes = (name: string) => fields.integer(name, 0, mostBytes);
  return {
    flashBytes: bytes("flashBytes"),
    ramBytes: bytes("arenaBytes") + bytes("staticRamBytes") + bytes("stackBytes"),
    arenaBytes: bytes("arenaBytes"),
  };
}

function layerOf(fields: Fields, shape: string, parts: readonly string[]): LayerFacts {
  return {
    ...{ name: fields.string("name"), kind: fields.string("kind") },
    shape: formatShape(fields.integers(shape, 0, mostElements)),
    parts: Object.fromEntries(parts.map((part) => [part, String(fields.value(part))])),
  };
}
