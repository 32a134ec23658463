import { UserError } from "../../base/errors.js";
import { quoted } from "../../base/printable.js";
import type { Border, Port, QuantizedNetwork } from "../../network/quantizedNetwork.js";
import { expectPlannable } from "../expectPlannable.js";
import type { ImportedNetwork } from "../importTflite.js";
import { Activation, isConstant } from "../onnx/graphValues.js";
import { walkGraph } from "../onnx/graphWalk.js";
import { expectOpset, inputOrders, isBetter, outputPort, storedShape, userAxes } from "../onnx/importOnnx.js";
import { inlineFunctions } from "../onnx/inlineFunctions.js";
import { type InputPlan, type OnnxOptions, planInputs } from "../onnx/inputPlan.js";
import { Layout } from "../onnx/layout.js";
import type { OnnxOperator } from "../onnx/nodeContext.js";
import { elementType } from "../onnx/onnxSchema.js";
import { type OnnxModel, type OnnxNode, readOnnx } from "../onnx/readOnnx.js";
import { tellProblems } from "../onnx/tellProblems.js";
import { TensorDecoder } from "../onnx/tensorData.js";
import { portNames } from "../portNames.js";
import { finishIntegers } from "./finishIntegers.js";
import { fuseQdq } from "./fuseQdq.js";
import { IntegerBuilder } from "./integerBuilder.js";
import { pairOperators } from "./pairOperators.js";
import { valueOperators } from "./valueOperators.js";
import { weightedOperators } from "./weightedOperators.js";

/** All operators that are imported; names of other makers' begin with theirs. */
export const integerOperators: Readonly<Record<string, OnnxOperator>> = {
  ...pairOperators,
  ...valueOperators,
  ...weightedOperators,
};

/** Whether a model is quantized already: its numbers are integers. */
export function isQuantizedOnnx(bytes: Uint8Array, file: string): boolean {
  const { nodes, functions } = readOnnx(bytes, file);
  const all = [...nodes, ...functions.flatMap((own) => own.nodes)];
  return all.some(({ operator }) => /^(De)?QuantizeLinear$|^Q(Linear|Gemm$)/.test(operator));
}

/**
 * Makes an integer network of a quantized ONNX model, with the scales, zero points and weights that it has and with
 * onnxruntime's arithmetic: QLinear… operators, and float ones between DequantizeLinear and QuantizeLinear. What onnxruntime
 * gives is given exactly, or refused.
 *
 * The bytes may come from anywhere: whatever they are, the answer is a network that holds together, or a UserError,
 * after work and memory in proportion to the file.
 *
 * @param file its name, for messages
 * @param name of the network
 * @throws UserError with all that stands in the way, where anything does
 * Source: ONNX operators; onnxruntime, docs/ContribOperators.md and core/mlas.
 */
export function importOnnxIntegers(
  bytes: Uint8Array,
  file: string,
  name: string,
  options: OnnxOptions = {},
): ImportedNetwork {
  const model = readOnnx(bytes, file);
  const complaints: UserError[] = [];
  expectOpset(model, complaints);
  const decoder = new TensorDecoder(file, options.folder);
  const constants = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const given = inlineFunctions(model);
  const output = model.outputs[0]?.name ?? "";
  const outputs = new Set(model.outputs.map((value) => value.name));
  const nodes = fuseQdq(given, outputs, (named) => {
    const tensor = constants.get(named);
    return tensor && decoder.decode(tensor);
  });
  const plans = planInputs(model, nodes, options, complaints, [elementType.uint8, elementType.int8]);
  if (plans === undefined) return tellProblems(file, complaints);
  const [plan, ...others] = plans as [InputPlan];
  const hasIntegerInput = plan.value.type !== elementType.float;
  const { batchSize, isBatched } = plan;
  const settings = { batchSize, isBatched, withoutSoftmax: false, outputs: new Set([output]) };
  const names = portNames(
    "input",
    plans.map(({ value }) => value.name),
  );
  const mostOrders = Math.max(...plans.map(({ shape }) => inputOrders(shape).length));
  const walks = Array.from({ length: mostOrders }, (_, choice) => {
    const orders = plans.map(({ shape }) => inputOrders(shape)[choice] ?? inputOrders(shape)[0]);
    const builder = new IntegerBuilder(storedShape(plan.shape, orders[0]), hasIntegerInput);
    others.forEach(({ shape }, k) => {
      builder.putInput(names[k + 1], storedShape(shape, orders[k + 1]));
    });
    const given = plans.map(({ value, shape }, k) => {
      const layout = Layout.of(shape, orders[k]);
      return [value.name, new Activation(builder.inputs[k], layout, isBatched ? 0 : undefined)] as const;
    });
    const walk = walkGraph({
      ...{
        nodes,
        constants,
        decoder,
        builder,
        settings,
        opsets: model.opsets,
        output,
        operatorOf,
        refusalOf,
      },
      given: new Map(given),
    });
    return { orders, builder, walk };
  });
  const { orders, builder, walk } = walks.reduce((least, next) => (isBetter(next, least) ? next : least));
  complaints.push(...walk.complaints);
  if (complaints.length > 0 || walk.output === undefined) return tellProblems(file, complaints);
  if (isConstant(walk.output)) {
    throw new UserError(`${file}: its output ${quoted(output)} does not depend on its input`);
  }
  const made = integersOf(builder, builder.materialize(walk.output), file);
  const end = outputPort(builder, made.value);
  const finished = finish(builder, end.number, file);
  const border = (isFloat: boolean, isUnsigned: boolean): Border =>
    isFloat ? "float32" : isUnsigned ? "uint8" : "int8";
  const network: QuantizedNetwork = {
    name,
    tensors: finished.tensors,
    layers: finished.layers,
    states: [],
    inputs: builder.inputs.map((number, k): Port => {
      const axes = userAxes(orders[k]);
      const isUnsigned = builder.formatOf(number)!.isUnsigned;
      return {
        tensor: k,
        name: names[k],
        border: border(!hasIntegerInput, isUnsigned),
        ...(axes && { axes }),
      };
    }),
    outputs: [
      {
        ...{ tensor: finished.output, name: "output", border: border(made.isReal, made.isUnsigned) },
        ...(end.axes && { axes: end.axes }),
      },
    ],
  };
  expectPlannable(network, file);
  return {
    network,
    description: model.producer,
    origins: finished.nodes.map((index, k) => originOf(finished.layers[k].name, given[index], model.opsets)),
    notes: [...notesOf(model, plan.batchSize, plan.value.type, output), ...builder.notes],
  };
}

function operatorOf({ domain, operator }: OnnxNode): OnnxOperator | undefined {
  const key = domain === "" || domain === "ai.onnx" ? operator : `${domain}.${operator}`;
  return Object.hasOwn(integerOperators, key) ? integerOperators[key] : undefined;
}

/** onnxruntime computes a float operator in integers only where all that it takes and gives is quantized. */
function refusalOf({ domain, operator }: OnnxNode): UserError {
  if (/Integer$|^Dynamic/.test(operator)) {
    return new UserError(
      "dynamic quantization: its scales are known only when it runs",
      "quantize the model with samples: onnxruntime.quantization.quantize_static",
    );
  }
  if (operator.endsWith("Softmax")) {
    return new UserError(
      "a softmax of a quantized model is not imported",
      "export the model without it: what is largest stays largest",
    );
  }
  if (
    domain !== "" ||
    Object.hasOwn(integerOperators, `com.microsoft.QLinear${operator}`) ||
    /^(Conv|MatMul|Gemm)$/.test(operator)
  ) {
    return new UserError(
      domain === ""
        ? "it is computed in float32: what it takes and gives is not quantized directly before and behind it"
        : `the operator is of ${quoted(domain)}; docs/onnx.md lists those that are imported of quantized models`,
      "quantize the model with onnxruntime.quantization.quantize_static, or import the float model",
    );
  }
  return new UserError(
    "the operator is not imported of quantized models",
    "docs/onnx.md lists those that are; or import the float model with --calibrate samples.npy",
  );
}

interface MadeOutput {
  readonly value: Activation;
  readonly isReal: boolean;
  readonly isUnsigned: boolean;
}

/** The output's integers, also where the model dequantizes them. */
function integersOf(builder: IntegerBuilder, value: Activation, file: string): MadeOutput {
  const own = builder.formatOf(value.number);
  if (own !== undefined) return { value, isReal: false, isUnsigned: own.isUnsigned };
  const number = builder.integersOf(value.number);
  const format = number === undefined ? undefined : builder.formatOf(number);
  if (number === undefined || format === undefined) {
    throw new UserError(
      `${file}: its output is computed in float32`,
      "quantize its last operator too, or import the float model",
    );
  }
  return {
    value: new Activation(number, value.layout, value.batch),
    isReal: true,
    isUnsigned: format.isUnsigned,
  };
}

/** @throws UserError that names the file */
function finish(builder: IntegerBuilder, output: number, file: string) {
  try {
    return finishIntegers(builder, output);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${file}: ${error.message}`, error.hint);
  }
}

function originOf(
  layer: string,
  { index, operator, domain, outputs }: OnnxNode,
  opsets: OnnxModel["opsets"],
) {
  const version = opsets.get(domain) ?? 0;
  return { layer, operator: index, type: operator, version, tensor: outputs[0] ?? "" };
}

function notesOf({ outputs }: OnnxModel, samples: number, type: number, output: string): string[] {
  const notes = [];
  if (outputs.length > 1) {
    notes.push(`the file gives ${outputs.length} values; the device gives the first, ${quoted(output)}`);
  }
  if (samples > 1) notes.push(`the file takes ${samples} samples at once; the device takes one`);
  if (type === elementType.float) {
    notes.push(
      "the model takes float32: a value exactly between two steps becomes the one further from zero",
    );
  }
  if (type === elementType.uint8)
    notes.push("the model takes uint8; the device takes int8: each value less 128");
  return notes;
}
