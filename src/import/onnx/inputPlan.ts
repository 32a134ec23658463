import { UserError } from "../../base/errors.js";
import { listed, quoted } from "../../base/printable.js";
import { elementCount, formatShape, type Shape } from "../../base/tensor.js";
import { mostPorts } from "../../network/ports.js";
import { elementType, elementTypeName } from "./onnxSchema.js";
import type { OnnxModel, OnnxNode, OnnxValue } from "./readOnnx.js";

export interface OnnxOptions {
  /** The model's folder, where weights may lie beside it; undefined where it has none. */
  readonly folder?: string | undefined;
  /** Sizes of free axes by name, or of all axes by the input's name. */
  readonly shapes?: ReadonlyMap<string, readonly number[]>;
  /** Leaves out a softmax (or its logarithm) that gives the output. */
  readonly withoutSoftmax?: boolean;
}

/** What the network's input is, before its order in memory is chosen. */
export interface InputPlan {
  readonly value: OnnxValue;
  /** With the axis of the samples, which has size 1. */
  readonly shape: Shape;
  readonly batchSize: number;
  readonly isBatched: boolean;
}

const integerInputs: readonly number[] = [elementType.uint8, elementType.int8, elementType.int16];

/** Inputs that are no constants. */
function ownInputs({ inputs, initializers }: OnnxModel): readonly OnnxValue[] {
  const constants = new Set(initializers.map(({ name }) => name));
  return inputs.filter(({ name }) => !constants.has(name));
}

/** The one input that is no constant, with its sizes. */
export function planInput(
  model: OnnxModel,
  nodes: readonly OnnxNode[],
  options: OnnxOptions,
  complaints: UserError[],
): InputPlan | undefined {
  const own = ownInputs(model);
  if (own.length !== 1) {
    const names = own.length === 0 ? "" : `, ${listed(own.map(({ name }) => name))}`;
    const hint = "export the model with one input: states and lengths that go in are not imported";
    complaints.push(new UserError(`it has ${own.length} inputs${names}; one is imported`, hint));
    return undefined;
  }
  expectShapesUsed(own, options, complaints);
  return planValue(own[0]!, nodes, options, complaints, []);
}

/**
 * All inputs that are no constants, with their sizes; several take the same number of samples.
 *
 * @param types that are taken besides float32; all are of one
 */
export function planInputs(
  model: OnnxModel,
  nodes: readonly OnnxNode[],
  options: OnnxOptions,
  complaints: UserError[],
  types: readonly number[],
): readonly InputPlan[] | undefined {
  const own = ownInputs(model);
  if (own.length < 1 || own.length > mostPorts) {
    complaints.push(new UserError(`it has ${own.length} inputs; 1 to ${mostPorts} are imported`));
    return undefined;
  }
  expectShapesUsed(own, options, complaints);
  const plans = own.map((value) => planValue(value, nodes, options, complaints, types));
  if (plans.some((plan) => plan === undefined)) return undefined;
  const all = plans as InputPlan[];
  const [first] = all as [InputPlan];
  const hint = "export the model with inputs of one type and one number of samples";
  const other = all.find(({ value }) => value.type !== first.value.type);
  if (other !== undefined) {
    const names = [first, other].map(
      ({ value }) => `${quoted(value.name)} is ${elementTypeName(value.type)}`,
    );
    complaints.push(new UserError(`its input ${names.join(", ")}`, hint));
  }
  const uneven = all.find(
    ({ batchSize, isBatched }) => batchSize !== first.batchSize || isBatched !== first.isBatched,
  );
  if (uneven !== undefined) {
    const sizes = [first, uneven].map(({ value, batchSize }) => `${quoted(value.name)} takes ${batchSize}`);
    complaints.push(new UserError(`its input ${sizes.join(", ")} samples at once`, hint));
  }
  return other === undefined && uneven === undefined ? all : undefined;
}

function expectShapesUsed(
  own: readonly OnnxValue[],
  { shapes = new Map() }: OnnxOptions,
  complaints: UserError[],
): void {
  const unused = [...shapes.keys()].filter(
    (name) => !own.some((value) => name === value.name || value.shape?.includes(name)),
  );
  if (unused.length === 0) return;
  const whose = own.length === 1 ? "its input has" : "its inputs have";
  complaints.push(new UserError(`--shape names ${listed(unused)}, which ${whose} no axis of`));
}

function planValue(
  value: OnnxValue,
  nodes: readonly OnnxNode[],
  { shapes = new Map() }: OnnxOptions,
  complaints: UserError[],
  types: readonly number[],
): InputPlan | undefined {
  if (!types.includes(value.type)) expectInputType(value, nodes, complaints);
  const given = shapes.get(value.name);
  if (value.shape === undefined && given === undefined) {
    const hint = `give --shape ${value.name}=1,3,96,96`;
    complaints.push(new UserError(`its input ${quoted(value.name)} has no shape`, hint));
    return undefined;
  }
  const sizes: readonly (number | string)[] = given ?? value.shape ?? [];
  const known = sizes.map((size) => (typeof size === "string" ? (shapes.get(size)?.[0] ?? size) : size));
  const free = known.filter((size, axis) => typeof size === "string" && axis > 0);
  if (free.length > 0) {
    const shape = `[${known.map((size) => (typeof size === "string" ? quoted(size) : size)).join(", ")}]`;
    const options = free.map((size) => (size === "?" ? `${value.name}=1,…` : `${size}=…`));
    const hint = `give ${options.map((option) => `--shape ${option}`).join(" ")}`;
    complaints.push(new UserError(`its input ${quoted(value.name)} has the shape ${shape}`, hint));
    return undefined;
  }
  const [first, ...rest] = known;
  const isFree = typeof first === "string";
  const batchSize = isFree || first === undefined || known.length === 1 ? 1 : first;
  const isBatched = isFree || batchSize > 1;
  const numbers = [isFree || batchSize > 1 ? 1 : (first ?? 1), ...(rest as number[])];
  const isRight = numbers.length <= 6 && elementCount(numbers) <= 2 ** 24;
  if (!isRight || numbers.some((size) => !(Number.isInteger(size) && size >= 1))) {
    complaints.push(new UserError(`its input has the shape ${formatShape(numbers.slice(0, 8))}`));
    return undefined;
  }
  return { value, shape: numbers, batchSize, isBatched };
}

function expectInputType(value: OnnxValue, nodes: readonly OnnxNode[], complaints: UserError[]): void {
  const { name, type, otherKind } = value;
  if (type === elementType.float) return;
  const users = nodes.filter(({ inputs }) => inputs.includes(name));
  if (integerInputs.includes(type) && users.every(({ operator }) => operator === "Cast")) return;
  const what = otherKind === undefined ? elementTypeName(type) : `a ${otherKind}`;
  complaints.push(
    new UserError(
      `its input ${quoted(name)} is ${what}; float32 is imported`,
      "export the model for float32",
    ),
  );
}
