import { UserError } from "../base/errors.js";
import type { Border } from "../network/quantizedNetwork.js";
import { elementTypeOf } from "./activation.js";
import { portNames } from "./portNames.js";
import type { TfliteModel, TfliteOperator, TfliteTensor } from "./readTflite.js";
import { tensorType } from "./tfliteSchema.js";

/** Where values go into the integer network, or come out of it. */
export interface BorderTensor {
  /** Number of the integer tensor. */
  readonly tensor: number;
  /** What the model's own numbers are there. */
  readonly border: Border;
  /** Of the port: unique among inputs, or outputs. */
  readonly name: string;
}

/** Where the integer network begins and ends inside the model. */
export interface Borders {
  readonly inputs: readonly BorderTensor[];
  readonly outputs: readonly BorderTensor[];
  /** Operators that are left out: they turn the model's numbers into int8 and back. */
  readonly operators: ReadonlySet<number>;
  readonly notes: readonly string[];
}

/**
 * A model that takes or gives float32 or uint8 has a QUANTIZE or DEQUANTIZE at that border. The device takes and gives
 * the int8 values beside it, which stand for the same real values.
 *
 * @throws UserError when such a border has no such operator
 */
export function findBorders(model: TfliteModel): Borders {
  const operators = new Set<number>();
  const notes: string[] = [];
  const find = (what: "input" | "output", indices: readonly number[], pass: typeof passInput) => {
    const names = portNames(
      what,
      indices.map((index) => model.tensors[index].name),
    );
    return indices.map((index, i): BorderTensor => {
      const outer = model.tensors[index];
      const tensor = elementTypeOf(outer) !== undefined ? index : pass(model, index, operators, notes);
      return { tensor, border: borderOf(outer), name: names[i] };
    });
  };
  return {
    inputs: find("input", model.inputs, passInput),
    outputs: find("output", model.outputs, passOutput),
    operators,
    notes: [...new Set(notes)],
  };
}

/** Of what `findUnsupported` lets pass: integers of the network's own, uint8 or float32. */
function borderOf(tensor: TfliteTensor): Border {
  return elementTypeOf(tensor) ?? (tensor.type === tensorType.uint8 ? "uint8" : "float32");
}

function passInput(
  { file, tensors, operators }: TfliteModel,
  input: number,
  left: Set<number>,
  notes: string[],
): number {
  const users = operators.filter(({ inputs }) => inputs.includes(input));
  const [user] = users;
  if (users.length !== 1 || !isConversion(user, ["QUANTIZE"])) {
    const found = users.map(({ index, name }) => `operator ${index} (${name})`).slice(0, 4);
    throw new UserError(
      `${file}: the input, tensor ${input}, is ${tensors[input].typeName}; one QUANTIZE should make int8 of it, ` +
        `found ${found.join(", ") || "nothing that takes it"}`,
      "convert the model with inference_input_type = tf.int8",
    );
  }
  return pass(file, tensors[input], tensors[user.outputs[0]], user, left, notes, "takes");
}

function passOutput(
  { file, tensors, operators }: TfliteModel,
  output: number,
  left: Set<number>,
  notes: string[],
): number {
  const makers = operators.filter(({ outputs }) => outputs.includes(output));
  const [maker] = makers;
  if (makers.length !== 1 || !isConversion(maker, ["DEQUANTIZE", "QUANTIZE"])) {
    const found = makers.map(({ index, name }) => `operator ${index} (${name})`).slice(0, 4);
    throw new UserError(
      `${file}: the output, tensor ${output}, is ${tensors[output].typeName}; one DEQUANTIZE should make it of int8, ` +
        `found ${found.join(", ") || "nothing that fills it"}`,
      "convert the model with inference_output_type = tf.int8",
    );
  }
  return pass(file, tensors[output], tensors[maker.inputs[0]], maker, left, notes, "gives");
}

function isConversion({ name, inputs, outputs }: TfliteOperator, names: readonly string[]): boolean {
  return names.includes(name) && inputs.length === 1 && inputs[0] >= 0 && outputs.length === 1;
}

/** Goes from the model's tensor to the int8 one on the other side of the operator. */
function pass(
  file: string,
  outer: TfliteTensor,
  inner: TfliteTensor,
  { index, name }: TfliteOperator,
  left: Set<number>,
  notes: string[],
  verb: string,
): number {
  const place = `${file}: operator ${index} (${name})`;
  const isFloat = outer.type === tensorType.float32;
  const elementType = elementTypeOf(inner);
  if (elementType === undefined || elementType === "int32" || (elementType === "int16" && !isFloat)) {
    throw new UserError(`${place} stands between ${outer.typeName} and ${inner.typeName}; int8 is expected`);
  }
  if (outer.shape.join() !== inner.shape.join()) {
    throw new UserError(
      `${place} has tensors of shapes [${outer.shape}] and [${inner.shape}]; equal ones are expected`,
    );
  }
  const isShifted = outer.scales[0] === inner.scales[0] && outer.zeroPoints[0] === inner.zeroPoints[0] + 128;
  if (!isFloat && !isShifted) {
    throw new UserError(
      `${place} rescales ${outer.typeName}; only a zero point that differs by 128 can be left out`,
      "convert the model with inference_input_type = inference_output_type = tf.int8",
    );
  }
  left.add(index);
  notes.push(
    isFloat
      ? `the model ${verb} float32; the device ${verb} the ${elementType} values beside operator ${index} (${name})`
      : `the model ${verb} uint8; the device ${verb} int8: each value less 128`,
  );
  return inner.index;
}
