import { integerRanges } from "../src/network/elementTypes.js";
import type { Quantization } from "../src/network/quantizedNetwork.js";
import { namesOf, printFunctions } from "./cFunctions.js";
import type { GeneratedNetwork } from "./generatedNetwork.js";
import { stringLiteral } from "./names.js";
import type { NetworkFacts, PortFacts } from "./networkFacts.js";
import { printList } from "./printPorts.js";
import { arenaParameter } from "./printSlots.js";

/** The bits of a float32 as a C constant. */
function bitsConstant(value: number): string {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  return `0x${bits.getUint32(0).toString(16).padStart(8, "0")}u`;
}

/** One input value from a float32's bits. */
function printQuantizeInput(prefix: string, port: PortFacts): string {
  const { slot, quantizations, columns, stem, element } = port;
  const macro = `${prefix}_${stem}`.toUpperCase();
  const [low, high] = integerRanges[slot.elementType];
  const head = `static inline ${prefix}_${stem}_t ${prefix}_${element}(uint32_t bits, int32_t element)`;
  const quantize = (scale: string, zeroPoint: string) =>
    `return (${prefix}_${stem}_t)${prefix}_quantize_bits(bits, ${scale}, ${zeroPoint}, ${low}, ${high});`;
  if (quantizations.length === 1) {
    const [{ scale }] = quantizations as [Quantization];
    return `${head}
{
    (void)element;
    ${quantize(bitsConstant(scale), `${macro}_ZERO_POINT`)}
}`;
  }
  const scales = printList(
    `    static const uint32_t scales[${columns}]`,
    quantizations.map(({ scale }) => bitsConstant(scale)),
  );
  return `${head}
{
${scales}
    static const int32_t zero_points[${columns}] = ${macro}_ZERO_POINTS;
    const int32_t column = element % ${columns};
    ${quantize("scales[column]", "zero_points[column]")}
}`;
}

/** The comment before the first of several. */
function commented(comment: string, declarations: readonly string[]): string {
  return [comment, ...declarations].join("\n");
}

/** What a caller finds at the top of the header: conversions and classes, each with its contract. */
export function printValueDeclarations(network: GeneratedNetwork, facts: NetworkFacts): string[] {
  const { prefix } = network;
  const arena = arenaParameter(network, true)[0] ?? "void";
  const { inputs, outputs } = facts;
  return [
    commented(
      `/*
 * Real values as the input's integers: round(real / scale) + zero point, ties away from zero, saturated, to the byte as
 * pinfer's host and TensorFlow Lite Micro's QUANTIZE do it. count values, rows behind each other, from a row's first column
 * on: all, a row, or one of a network whose columns share a scale. Returns 0, or 1 + the index of the first that is not
 * a number: real 0 stands in its place. A float is read and written, never computed with.
 */`,
      inputs.map(
        ({ conversion, stem }) =>
          `static inline int32_t ${prefix}_${conversion}(const float *real, int32_t count, ${prefix}_${stem}_t *input);`,
      ),
    ),
    commented(
      "/* The same of fixed point, real = q16 / 65536, without a float. */",
      inputs.map(
        ({ conversion, stem }) =>
          `static inline void ${prefix}_${conversion}_q16(const int32_t *q16, int32_t count, ${prefix}_${stem}_t *input);`,
      ),
    ),
    commented(
      "/* What outputs stand for: scale * (output - zero point). */",
      outputs.map(
        ({ conversion, stem }) =>
          `static inline void ${prefix}_${conversion}(const ${prefix}_${stem}_t *output, int32_t count, float *real);`,
      ),
    ),
    commented(
      "/* The same in fixed point, round(real * 65536), ties away from zero, saturated, without a float. */",
      outputs.map(
        ({ conversion, stem }) =>
          `static inline void ${prefix}_${conversion}_q16(const ${prefix}_${stem}_t *output, int32_t count, int32_t *q16);`,
      ),
    ),
    ...(facts.hasClasses
      ? [
          `/* The index of the largest output, the first of equal ones. */
static inline int32_t ${prefix}_class(${arena});`,
        ]
      : []),
    ...(facts.threshold === undefined
      ? []
      : [
          `/* 1 where the latest run's output is above the threshold that was taken of normal samples, else 0. */
static inline int32_t ${prefix}_is_anomaly(${arena});`,
        ]),
    ...(classNamesOf(facts).length > 0
      ? [
          `/* What a class is called, in UTF-8; 0 for a number that is none. */
static inline const char *${prefix}_class_name(int32_t number);`,
        ]
      : []),
    `/* What a layer is called, in UTF-8, counted from 0; 0 for a number that is none. */
static inline const char *${prefix}_layer_name(int32_t number);`,
  ];
}

/** What the only output's classes are called. */
function classNamesOf({ outputs }: NetworkFacts): readonly string[] {
  return outputs.length === 1 ? outputs[0]!.labels : [];
}

/** Floats and fixed point as an input's values. */
function printQuantize(prefix: string, port: PortFacts): string[] {
  const { conversion, stem, element } = port;
  return [
    printQuantizeInput(prefix, port),
    `static inline int32_t ${prefix}_${conversion}(const float *real, int32_t count, ${prefix}_${stem}_t *input)
{
    int32_t wrong = 0;
    for (int32_t i = 0; i < count; i++) {
        uint32_t bits = ${prefix}_bits_of(real + i);
        if (${prefix}_is_number(bits) == 0) {
            wrong = wrong == 0 ? i + 1 : wrong;
            bits = 0;
        }
        input[i] = ${prefix}_${element}(bits, i);
    }
    return wrong;
}`,
    `static inline void ${prefix}_${conversion}_q16(const int32_t *q16, int32_t count, ${prefix}_${stem}_t *input)
{
    for (int32_t i = 0; i < count; i++) {
        input[i] = ${prefix}_${element}(${prefix}_float32_of_q16(q16[i]), i);
    }
}`,
  ];
}

/** An output's values as floats and as fixed point. */
function printDequantize(prefix: string, { conversion, stem, quantizations }: PortFacts): string[] {
  const [{ scale }] = quantizations as [Quantization];
  const zeroPoint = `${`${prefix}_${stem}`.toUpperCase()}_ZERO_POINT`;
  const bits = `${prefix}_dequantize_bits(output[i], ${bitsConstant(scale)}, ${zeroPoint})`;
  return [
    `static inline void ${prefix}_${conversion}(const ${prefix}_${stem}_t *output, int32_t count, float *real)
{
    for (int32_t i = 0; i < count; i++) {
        ${prefix}_store_bits(real + i, ${bits});
    }
}`,
    `static inline void ${prefix}_${conversion}_q16(const ${prefix}_${stem}_t *output, int32_t count, int32_t *q16)
{
    for (int32_t i = 0; i < count; i++) {
        q16[i] = ${prefix}_q16_of_float32(${bits});
    }
}`,
  ];
}

/**
 * Their definitions: in the header, so that what a program does not call costs it nothing under any flags, and so that a
 * compiler folds the scale into them.
 */
export function printValueDefinitions(network: GeneratedNetwork, facts: NetworkFacts): string[] {
  const { prefix } = network;
  const macro = prefix.toUpperCase();
  const { hasClasses } = facts;
  const classNames = classNamesOf(facts);
  const arena = arenaParameter(network, true)[0] ?? "void";
  const handedOn = network.arena === "shared" ? "arena" : "";
  return [
    "/* How they do it: real values are the bits of float32, in integer arithmetic. */",
    ...printFunctions(["float32.h"], new Set(namesOf("float32.h")), prefix),
    `static inline uint32_t ${prefix}_bits_of(const float *real)
{
    uint32_t bits;
#if defined(__GNUC__)
    __builtin_memcpy(&bits, real, 4);
#else
    memcpy(&bits, real, 4);
#endif
    return bits;
}`,
    `static inline void ${prefix}_store_bits(float *real, uint32_t bits)
{
#if defined(__GNUC__)
    __builtin_memcpy(real, &bits, 4);
#else
    memcpy(real, &bits, 4);
#endif
}`,
    ...facts.inputs.flatMap((input) => printQuantize(prefix, input)),
    ...facts.outputs.flatMap((output) => printDequantize(prefix, output)),
    ...(hasClasses
      ? [
          `static inline int32_t ${prefix}_class(${arena})
{
    const ${prefix}_output_t *output = ${prefix}_output(${handedOn});
    int32_t largest = 0;
    for (int32_t i = 1; i < ${macro}_CLASS_COUNT; i++) {
        if (output[i] > output[largest]) {
            largest = i;
        }
    }
    return largest;
}`,
        ]
      : []),
    ...(facts.threshold === undefined
      ? []
      : [
          `static inline int32_t ${prefix}_is_anomaly(${arena})
{
    return *${prefix}_output(${handedOn}) > ${macro}_THRESHOLD;
}`,
        ]),
    ...(classNames.length > 0 ? [printNames(`${prefix}_class_name`, classNames)] : []),
    printNames(`${prefix}_layer_name`, facts.layerNames),
  ];
}

/** A function that gives one of several names by its number. */
function printNames(name: string, names: readonly string[]): string {
  return `static inline const char *${name}(int32_t number)
{
    static const char *const names[${names.length}] = {
${names.map((one) => `        ${stringLiteral(one)},`).join("\n")}
    };
    if (number >= 0 && number < ${names.length}) {
        return names[number];
    }
    return 0;
}`;
}
