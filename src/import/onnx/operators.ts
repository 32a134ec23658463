import { arithmeticOperators } from "./arithmeticOperators.js";
import { functionOperators } from "./functionOperators.js";
import type { OnnxOperator } from "./nodeContext.js";
import { productOperators } from "./productOperators.js";
import { recurrentOperators } from "./recurrentOperators.js";
import { reduceOperators } from "./reduceOperators.js";
import { resampleOperators } from "./resampleOperators.js";
import { selectOperators } from "./selectOperators.js";
import { shapeOperators } from "./shapeOperators.js";
import { windowOperators } from "./windowOperators.js";

/** All operators of ONNX that are imported. A new one is a row in one of the lists. */
export const onnxOperators: Readonly<Record<string, OnnxOperator>> = {
  ...arithmeticOperators,
  ...functionOperators,
  ...productOperators,
  ...recurrentOperators,
  ...reduceOperators,
  ...resampleOperators,
  ...selectOperators,
  ...shapeOperators,
  ...windowOperators,
};

const control = "control flow: the device runs every layer of a network in one order";
const noControl =
  "export the model with torch.onnx.export from tracing, with fixed shapes, so that no branch is left";

/** Why some operators will not be imported, and what to do instead. */
export const refusedOperators: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  If: { why: control, hint: noControl },
  Loop: { why: control, hint: noControl },
  Scan: { why: control, hint: noControl },
  Attention: { why: "attention, which no layer does", hint: "use convolutions instead" },
  ...Object.fromEntries(
    [
      "SequenceConstruct",
      "SequenceEmpty",
      "SequenceInsert",
      "SequenceAt",
      "SplitToSequence",
      "ConcatFromSequence",
      "ZipMap",
    ].map((name) => [name, { why: "a sequence, which is no tensor", hint: "end the model before it" }]),
  ),
  ...Object.fromEntries(
    [
      "StringNormalizer",
      "TfIdfVectorizer",
      "StringConcat",
      "StringSplit",
      "RegexFullMatch",
      "LabelEncoder",
    ].map((name) => [
      name,
      {
        why: "strings, which no device of ours holds",
        hint: "end the model before it, or begin it after it",
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      "QuantizeLinear",
      "DequantizeLinear",
      "QLinearConv",
      "QLinearMatMul",
      "QGemm",
      "QLinearAdd",
      "ConvInteger",
      "MatMulInteger",
      "DynamicQuantizeLinear",
    ].map((name) => [
      name,
      {
        why: "a model that is quantized already, whose rounding is onnxruntime's own",
        hint: "import the float model: pinfer quantizes it, with --calibrate samples.npy",
      },
    ]),
  ),
};
