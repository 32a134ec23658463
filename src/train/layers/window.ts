import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import type { Shape } from "../../base/tensor.js";

/** One number for both axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/**
 * What is put around an image before a window moves over it: "same" makes the output as large as the input divided by
 * the stride, rounded up, with the odd row or column at the end, as TensorFlow does it; "valid" is nothing; numbers say
 * it themselves.
 */
export type Padding =
  | "same"
  | "valid"
  | number
  | { readonly top: number; readonly bottom: number; readonly left: number; readonly right: number };

/** {@link Padding} of one axis. */
export type Padding1d = "same" | "valid" | number | { readonly before: number; readonly after: number };

/** A window that moves along one axis. */
export interface AxisWindow {
  readonly inSize: number;
  readonly outSize: number;
  /** Positions in the window. */
  readonly size: number;
  readonly stride: number;
  /** Distance of neighbours in the window; 1 is dense. */
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

export interface WindowSettings<P> {
  readonly size: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: P;
}

const bothOf = (pair: Pair): readonly [number, number] => (typeof pair === "number" ? [pair, pair] : pair);

/** @throws UserError unless sizes, strides and dilations are integers above 0, and paddings integers of 0 or more */
export function checkWindow(
  what: string,
  { size, stride, dilation, padding }: WindowSettings<unknown>,
): void {
  for (const [name, pair] of Object.entries({ size, stride, dilation })) {
    const wrong = bothOf(pair).find((value) => !Number.isInteger(value) || value < 1);
    if (wrong !== undefined)
      throw new UserError(`${what}: ${name} must be an integer above 0, found ${wrong}`);
  }
  if (padding === "same" || padding === "valid") return;
  const amounts: unknown[] = typeof padding === "object" && padding ? Object.values(padding) : [padding];
  const wrong = amounts.find((amount) => !Number.isInteger(amount) || Number(amount) < 0);
  if (wrong !== undefined) {
    throw new UserError(`${what}: padding must be "same", "valid" or integers of 0 or more, found ${wrong}`);
  }
}

/** The vertical and the horizontal window of a layer over [height, width, channels]. */
export function imageWindows(
  layer: string,
  [height, width]: Shape,
  { size, stride, dilation, padding }: WindowSettings<Padding>,
): readonly [AxisWindow, AxisWindow] {
  const [sizes, strides, dilations] = [bothOf(size), bothOf(stride), bothOf(dilation)];
  const given = typeof padding === "object";
  const vertical = given ? { before: padding.top, after: padding.bottom } : padding;
  const horizontal = given ? { before: padding.left, after: padding.right } : padding;
  return [
    axisWindow(`${layer}": height`, height, sizes[0], strides[0], dilations[0], vertical),
    axisWindow(`${layer}": width`, width, sizes[1], strides[1], dilations[1], horizontal),
  ];
}

/** The windows of a layer over [length, channels]: the series lies in a single row. */
export function seriesWindows(
  layer: string,
  [length]: Shape,
  { size, stride, dilation, padding }: WindowSettings<Padding1d>,
): readonly [AxisWindow, AxisWindow] {
  return [
    { inSize: 1, outSize: 1, size: 1, stride: 1, dilation: 1, before: 0, after: 0 },
    axisWindow(`${layer}": length`, length, bothOf(size)[1], bothOf(stride)[1], bothOf(dilation)[1], padding),
  ];
}

/** Source of "same": TensorFlow 2, tf.nn, "Notes on padding". */
function axisWindow(
  place: string,
  inSize: number,
  size: number,
  stride: number,
  dilation: number,
  padding: Padding1d,
): AxisWindow {
  const reach = (size - 1) * dilation + 1;
  let [before, after] = [0, 0];
  if (padding === "same") {
    const total = Math.max((Math.ceil(inSize / stride) - 1) * stride + reach - inSize, 0);
    before = Math.floor(total / 2);
    after = total - before;
  } else if (typeof padding === "number") {
    [before, after] = [padding, padding];
  } else if (padding !== "valid") {
    ({ before, after } = padding);
  }
  if (before >= reach || after >= reach) {
    throw new UserError(
      `layer "${place} is padded by ${Math.max(before, after)}; the window reaches over ${reach}`,
      "pad less than the window's size",
    );
  }
  const room = inSize + before + after - reach;
  if (room < 0) {
    throw new UserError(
      `layer "${place} is ${inSize + before + after} with its padding; the window reaches over ${reach}`,
      'use a smaller window, or padding "same"',
    );
  }
  return { inSize, outSize: Math.floor(room / stride) + 1, size, stride, dilation, before, after };
}

/** How a pair of windows stands in a model file. */
export function describeWindows([vertical, horizontal]: readonly [AxisWindow, AxisWindow]) {
  return {
    size: [vertical.size, horizontal.size],
    stride: [vertical.stride, horizontal.stride],
    dilation: [vertical.dilation, horizontal.dilation],
    padding: [vertical.before, vertical.after, horizontal.before, horizontal.after],
  };
}

/** Reads what {@link describeWindows} wrote, over an input of [height, width, channels] or [length, channels]. */
export function readWindows(layer: string, fields: Fields, inputShape: Shape) {
  const list = (name: string, length: number, min: number) => {
    const values = fields.integers(name, min, 2 ** 20);
    return values.length === length ? values : fields.fail(name, `${length} integers`);
  };
  const [size, stride] = ["size", "stride"].map((name) => list(name, 2, 1));
  const dilation = fields.has("dilation") ? list("dilation", 2, 1) : [1, 1];
  const [top, bottom, left, right] = list("padding", 4, 0);
  const [height, width] = inputShape.length === 3 ? inputShape : [1, inputShape[0]];
  return [
    axisWindow(`${layer}": height`, height, size[0], stride[0], dilation[0], { before: top, after: bottom }),
    axisWindow(`${layer}": width`, width, size[1], stride[1], dilation[1], { before: left, after: right }),
  ] as const;
}

/** @throws UserError unless the only input has this many axes */
export function expectAxes(name: string, inputShape: Shape, axes: readonly string[]): void {
  if (inputShape.length === axes.length) return;
  throw new UserError(
    `layer "${name}" takes [${axes.join(", ")}], found [${inputShape.join(", ")}]`,
    "put reshape(…) before it, or give samples of that shape",
  );
}
