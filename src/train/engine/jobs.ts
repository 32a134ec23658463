/**
 * What kernels are told, field by field as the classes of the same names in assembly/ declare them. Each field has
 * four bytes: an i32, an address, or an f32 where listed in {@link floatFields}.
 */
export const layouts = {
  Product: [
    "columns",
    "depthOuter",
    "depthInner",
    "a",
    "aRows",
    "aRowStride",
    "aRuns",
    "aRunStride",
    "aStride",
    "aGroupStride",
    "b",
    "bRuns",
    "bRunStride",
    "bStride",
    "bPanelStride",
    "c",
    "cRows",
    "cRowStride",
    "cGroupStride",
    "period",
    "runBlock",
    "rowBlock",
    "isAdded",
    "bias",
    "isRectified",
  ],
  WeightGradient: ["batch", "inFeatures", "outFeatures", "input", "outputGradient", "weightGradient"],
  Taps: [
    "channels",
    "samples",
    "positions",
    "images",
    "imageBytes",
    "origins",
    "tapDown",
    "tapBeside",
    "weights",
    "bias",
    "values",
    "isRectified",
  ],
  Panels: ["outputs", "depth", "weights", "panels"],
  Transpose: ["rows", "columns", "from", "to"],
  Pad: ["height", "width", "channels", "toHeight", "toWidth", "top", "left", "from", "to"],
  Unary: ["input", "output", "outputGradient", "inputGradient", "multiplier"],
  Pooling: [
    "channels",
    "inHeight",
    "inWidth",
    "outHeight",
    "outWidth",
    "windowHeight",
    "windowWidth",
    "strideY",
    "strideX",
    "paddingTop",
    "paddingLeft",
    "input",
    "output",
    "outputGradient",
    "inputGradient",
    "isRectified",
  ],
  SparseConvolution: [
    "samples",
    "positions",
    "outChannels",
    "outputGradient",
    "images",
    "imageBytes",
    "origins",
    "runs",
    "runCount",
    "runBytes",
    "weights",
    "inputGradient",
    "height",
    "rowBytes",
    "paddedHeight",
    "paddedRowBytes",
    "top",
    "leftBytes",
  ],
  ChannelSums: [
    "rows",
    "channels",
    "values",
    "outputGradient",
    "mean",
    "factor",
    "offset",
    "partials",
    "totals",
  ],
  Normalize: [
    "channels",
    "input",
    "mean",
    "factor",
    "slope",
    "offset",
    "outputGradient",
    "forwardOffset",
    "result",
    "isRectified",
  ],
  ColumnSums: ["rows", "columns", "values", "sums"],
  Recurrent: [
    "steps",
    "units",
    "isReversed",
    "returnsAll",
    "gates",
    "before",
    "cells",
    "squashed",
    "candidates",
    "output",
    "outputGradient",
    "gateGradients",
    "recurrentGradients",
    "weights",
    "bias",
    "sums",
    "cellSums",
  ],
  Step: [
    "value",
    "gradient",
    "first",
    "second",
    "rate",
    "momentum",
    "beta1",
    "beta2",
    "rest1",
    "rest2",
    "epsilon",
    "secondScale",
    "decay",
  ],
} as const;

export const floatFields: ReadonlySet<string> = new Set([
  "rate",
  "momentum",
  "beta1",
  "beta2",
  "rest1",
  "rest2",
  "epsilon",
  "secondScale",
  "decay",
  "multiplier",
]);

export type JobKind = keyof typeof layouts;

/** Fields that are left out are 0. */
export type Job<Kind extends JobKind> = {
  readonly [Field in (typeof layouts)[Kind][number]]?: number | undefined;
};

/** Words of the largest job. */
export const jobWords = Math.max(...Object.values(layouts).map(({ length }) => length));

export interface JobField {
  readonly name: string;
  readonly isFloat: boolean;
}

const describeFields = (kind: JobKind): readonly JobField[] =>
  layouts[kind].map((name) => ({ name, isFloat: floatFields.has(name) }));

/** The fields of each kind of job, in order. */
export const fieldsOf = Object.fromEntries(
  (Object.keys(layouts) as JobKind[]).map((kind) => [kind, describeFields(kind)]),
) as { readonly [Kind in JobKind]: readonly JobField[] };
