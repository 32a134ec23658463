import { UserError } from "../base/errors.js";
import { describe, Fields } from "../base/fields.js";
import type { DType } from "../base/tensor.js";
import { readPinMap } from "../pins/pinMap.js";
import type { Experiment } from "./experiment.js";

type Check = (fields: Fields, name: string) => unknown;

const count: Check = (fields, name) => fields.integer(name, 1, 2 ** 31 - 1);
const optional =
  (check: Check): Check =>
  (fields, name) =>
    fields.has(name) ? check(fields, name) : undefined;

/** An object with a method: what a factory such as `adam()` returns. */
const madeBy =
  (method: string, example: string): Check =>
  (fields, name) => {
    if (!hasMethod(fields.value(name), method)) fields.fail(name, example);
  };

const listMadeBy =
  (method: string, example: string): Check =>
  (fields, name) => {
    fields.array(name).forEach((item, index) => {
      if (hasMethod(item, method)) return;
      throw new UserError(`${fields.place}.${name}[${index}] must be ${example}, found ${describe(item)}`);
    });
  };

function hasMethod(value: unknown, method: string): boolean {
  const canHave = (typeof value === "object" && value !== null) || typeof value === "function";
  return canHave && typeof Reflect.get(value, method) === "function";
}

const above0below1: Check = (fields, name) => {
  const value = fields.number(name);
  if (!(value > 0 && value < 1)) fields.fail(name, "a share above 0 and below 1");
};

const limitCheck: Check = (fields, name) => {
  if (!(fields.number(name) > 0)) fields.fail(name, "a number above 0");
};

const awareChecks: Readonly<Record<string, Check>> = {
  epochs: count,
  learningRate: optional(limitCheck),
};

const quantizeChecks: Readonly<Record<string, Check>> = {
  calibration: optional((fields, name) => fields.oneOf(name, ["minMax", "percentile", "mse"])),
  percentile: optional((fields, name) => {
    const value = fields.number(name);
    if (!(value > 50 && value <= 100)) fields.fail(name, "a number above 50, at most 100");
  }),
  activations: optional((fields, name) => fields.oneOf(name, ["int8", "int16"])),
  samples: optional(count),
  aware: optional((fields, name) => checkAll(fields.object(name), awareChecks)),
};

const checks: { readonly [Field in keyof Required<Experiment>]: Check } = {
  name: (fields, name) => fields.string(name) || fields.fail(name, "a name"),
  seed: (fields, name) => fields.integer(name, 0, 2 ** 32 - 1),
  data: (fields, name) => {
    if (typeof fields.value(name) !== "function") fields.object(name).object("train");
  },
  augment: optional((fields, name) => {
    fields.array(name).forEach((item, index) => {
      if (typeof item === "function") return;
      throw new UserError(
        `${fields.place}.${name}[${index}] must be an augmentation such as imageShift(2), found ${describe(item)}`,
      );
    });
  }),
  network: (fields, name) => {
    const value = fields.value(name);
    if (hasMethod(value, "build")) {
      throw new UserError(
        `${fields.place}.${name} must be a list of layers or a function of the input, found one layer`,
        `write [ … ] around it`,
      );
    }
    if (typeof value === "function") return;
    fields.array(name).forEach((item, index) => {
      const isGroup = typeof item === "function" && Array.isArray(Reflect.get(item, "layers"));
      if (isGroup || hasMethod(item, "build")) return;
      throw new UserError(
        `${fields.place}.${name}[${index}] must be a layer such as dense(32), found ${describe(item)}`,
      );
    });
    if (fields.array(name).length === 0) fields.fail(name, "one layer or more");
  },
  inputShape: optional((fields, name) => fields.integers(name, 1, 2 ** 27)),
  dtype: optional((fields, name) => fields.oneOf<DType>(name, ["float32", "float64"])),
  loss: madeBy("evaluate", "a loss such as softmaxCrossEntropy()"),
  optimizer: madeBy("start", "an optimizer such as adam()"),
  epochs: count,
  batchSize: count,
  shuffle: optional((fields, name) => fields.boolean(name)),
  validation: optional(above0below1),
  earlyStop: optional((fields, name) => count(fields.object(name), "patience")),
  metrics: optional(listMadeBy("measure", "a metric such as accuracy")),
  penalty: optional(madeBy("addGradient", "a penalty such as l2(0.001)")),
  clipGradients: optional((fields, name) => {
    const limit = fields.object(name);
    checkAll(limit, { norm: optional(limitCheck), value: optional(limitCheck) });
    if (limit.has("norm") === limit.has("value")) fields.fail(name, "{ norm: … } or { value: … }");
  }),
  classWeights: optional((fields, name) => {
    const wrong = fields.array(name).find((weight) => !(typeof weight === "number" && weight >= 0));
    if (wrong !== undefined) fields.fail(name, "a list of numbers of 0 or more, one for each class");
  }),
  quantize: optional((fields, name) => checkAll(fields.object(name), quantizeChecks)),
  anomaly: optional((fields, name) =>
    checkAll(fields.object(name), {
      quantile: optional((settings, quantile) => {
        const value = settings.number(quantile);
        if (!(value > 0 && value <= 1)) settings.fail(quantile, "a share above 0, at most 1");
      }),
    }),
  ),
  prune: optional((fields, name) =>
    checkAll(fields.object(name), { share: above0below1, epochs: optional(count) }),
  ),
  pins: optional((fields, name) => readPinMap(fields.object(name))),
};

/**
 * Checks a file's default export field by field.
 *
 * @param path the file, for messages
 * @throws UserError that names the field, what was expected and what was found
 */
export function checkExperiment(path: string, exported: unknown): Experiment {
  if (exported === undefined) {
    throw new UserError(`${path} has no default export`, "write `export default defineExperiment({ … })`");
  }
  checkAll(new Fields(`${path}: experiment`, exported), checks);
  return exported as Experiment;
}

function checkAll(fields: Fields, table: Readonly<Record<string, Check>>): void {
  const unknown = fields.names().find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) {
    throw new UserError(
      `${fields.place} has no field "${unknown}"`,
      `its fields are ${Object.keys(table).join(", ")}`,
    );
  }
  for (const [name, check] of Object.entries(table)) check(fields, name);
}
