import { elementCount, type Shape } from "../base/tensor.js";
import { audioState } from "../network/audioFrontEnd.js";
import type {
  Pair,
  QuantizedAudioFeatures,
  QuantizedConvolution,
  QuantizedCopy,
  QuantizedDepthwiseConvolution,
  QuantizedLayer,
  QuantizedPooling,
  WindowSettings,
} from "../network/quantizedNetwork.js";
import type { Flow, RowFlow, StreamBuilder } from "./streamBuilder.js";

type WindowLayer = QuantizedConvolution | QuantizedDepthwiseConvolution | QuantizedPooling;

/**
 * A layer that some rows go into, as the stream's network has it.
 *
 * @param flows of its inputs, one of rows at least
 * @throws UserError as {@link StreamBuilder.collect}
 */
export function streamLayer(builder: StreamBuilder, layer: QuantizedLayer, flows: readonly Flow[]): Flow {
  const [first] = flows;
  switch (layer.kind) {
    case "convolution":
    case "depthwiseConvolution":
    case "averagePool":
    case "maxPool":
      return streamWindowLayer(builder, layer, first as RowFlow);
    case "audioFeatures":
      return streamAudio(builder, layer, first as RowFlow);
    case "lookup":
    case "requantize":
    case "normalization":
    case "softmax":
      return eachRow(builder, layer, [first as RowFlow]);
    case "fullyConnected":
      return streamFullyConnected(builder, layer, first as RowFlow);
    case "mean":
    case "sum":
      return whole(builder, layer, flows);
    case "reshape":
      return streamReshape(builder, layer, first as RowFlow);
    case "copy":
      return streamCopy(builder, layer, first as RowFlow);
    case "add":
    case "subtract":
    case "multiply":
    case "maximum":
    case "minimum":
    case "prelu":
      return streamPair(builder, layer, flows);
    case "concatenation":
      return streamConcatenation(builder, layer, flows);
    default:
      return whole(builder, layer, flows, "does not run row by row");
  }
}

/** [rows, …] of what the window network has as [window rows, …] or, sideways, as [1, window rows, …]. */
function rowShape(shape: Shape, rows: number, { isSideways }: RowFlow): Shape {
  return isSideways ? [rows, 1, ...shape.slice(2)] : [rows, ...shape.slice(1)];
}

/** A layer that makes a row of each row, or of a row of each flow. */
function eachRow(builder: StreamBuilder, layer: QuantizedLayer, flows: readonly RowFlow[]): RowFlow {
  const [flow] = flows;
  const { shape } = builder.old(layer.output);
  const output = builder.put(layer.output, rowShape(shape, builder.rowsOf(flow), flow));
  builder.add({ ...layer, inputs: flows.map(({ tensor }) => tensor), output });
  return { ...flow, tensor: output };
}

/**
 * A layer that looks at all rows of the window, in every run.
 *
 * @param why it does, where others of its kind run row by row
 */
function whole(builder: StreamBuilder, layer: QuantizedLayer, flows: readonly Flow[], why?: string): Flow {
  if (why !== undefined) builder.note(layer, why);
  const all = flows.map((flow, i): Flow => {
    const input = layer.inputs[i];
    if (flow.kind === "whole") return flow;
    return { kind: "whole", tensor: builder.collect(layer, flow, input, builder.old(input).shape) };
  });
  return builder.keep(layer, all);
}

function streamFullyConnected(
  builder: StreamBuilder,
  layer: Extract<QuantizedLayer, { kind: "fullyConnected" }>,
  flow: RowFlow,
): Flow {
  const { rows = 1 } = layer;
  const { shape } = builder.old(layer.output);
  const keepsRows = rows % flow.windowRows === 0 && shape[flow.isSideways ? 1 : 0] === flow.windowRows;
  if (!keepsRows) return whole(builder, layer, [flow]);
  return eachRow(builder, { ...layer, rows: (rows / flow.windowRows) * builder.rowsOf(flow) }, [flow]);
}

/** The layer with time running down. */
function upright<L extends WindowLayer>(layer: L): L {
  const turn = ([vertical, horizontal]: Pair): Pair => [horizontal, vertical];
  const { top, bottom, left, right } = layer.padding;
  return {
    ...layer,
    ...{ kernelSize: turn(layer.kernelSize), strides: turn(layer.strides) },
    ...("dilations" in layer && { dilations: turn(layer.dilations) }),
    padding: { top: left, bottom: right, left: top, right: bottom },
  };
}

/** Rows that a window spans. */
function reachOf(layer: WindowSettings & { readonly dilations?: Pair }): number {
  return (layer.kernelSize[0] - 1) * (layer.dilations?.[0] ?? 1) + 1;
}

function streamWindowLayer(builder: StreamBuilder, given: WindowLayer, flow: RowFlow): Flow {
  const layer = flow.isSideways ? upright(given) : given;
  const { padding, strides } = layer;
  const [input] = layer.inputs;
  if (padding.top > 0 || padding.bottom > 0) {
    const why = `pads its input with ${padding.top} rows in front and ${padding.bottom} behind, where in a stream other rows stand`;
    return whole(builder, given, [flow], why);
  }
  const reach = reachOf(layer);
  const windowRows = builder.old(layer.output).shape[flow.isSideways ? 1 : 0];
  if (windowRows === 1) {
    const { shape } = builder.old(input);
    const used = { ...flow, windowRows: reach };
    const rows = builder.collect(given, used, input, rowShape(shape, reach, flow));
    return builder.keep(layer, [{ kind: "whole", tensor: rows }]);
  }
  const [stride] = strides;
  const made = builder.rowsOf(flow);
  // the newest rows that no window ends at yet
  const waiting = (stride - ((flow.lag + reach) % stride)) % stride;
  const rows = builder.window(flow, input, made + reach - stride + waiting);
  const output = builder.put(layer.output, rowShape(builder.old(layer.output).shape, made / stride, flow));
  builder.add({ ...layer, inputs: [rows], output });
  return {
    ...flow,
    tensor: output,
    windowRows,
    stride: flow.stride * stride,
    lag: (flow.lag + waiting + reach) / stride - 1,
  };
}

/** Rows are samples, which come at the network's input only. */
function streamAudio(builder: StreamBuilder, layer: QuantizedAudioFeatures, flow: RowFlow): RowFlow {
  const { frontEnd, output, name } = layer;
  const { windowSamples, stepSamples, channels } = frontEnd;
  const frames = builder.rowsOf(flow) / stepSamples;
  // the newest samples that no frame ends at yet
  const waiting = (stepSamples - (windowSamples % stepSamples)) % stepSamples;
  const { bytes } = audioState(frontEnd, frames, waiting);
  const state = builder.putState(output, [bytes], `${name}_state`);
  builder.add({ kind: "audioStream", name, inputs: [flow.tensor, state], output: state, frontEnd });
  const shape = [frames, channels];
  const rows = builder.put(output, shape);
  builder.add({
    ...{ kind: "copy", name: builder.name(`${name}_rows`), inputs: [state], output: rows },
    ...{ start: 0, sizes: shape, strides: [channels, 1] },
  });
  return {
    ...{ kind: "rows", tensor: rows, isSideways: false, stride: stepSamples },
    windowRows: builder.old(output).shape[0]!,
    lag: (waiting + windowSamples) / stepSamples - 1,
  };
}

function streamReshape(builder: StreamBuilder, layer: QuantizedLayer, flow: RowFlow): Flow {
  const { shape } = builder.old(layer.output);
  const isSideways = shape[0] === 1 && shape[1] === flow.windowRows && flow.windowRows > 1;
  if (!isSideways && shape[0] !== flow.windowRows) return whole(builder, layer, [flow]);
  return eachRow(builder, layer, [{ ...flow, isSideways }]);
}

/** Some rows of all, or a part of each row. */
function streamCopy(builder: StreamBuilder, layer: QuantizedCopy, flow: RowFlow): Flow {
  const { start, sizes, strides } = layer;
  const row = elementCount(builder.old(layer.inputs[0]).shape) / flow.windowRows;
  const reach = sizes.slice(1).reduce((sum, size, i) => sum + (size - 1) * Math.abs(strides[i + 1]), 0);
  const first = Math.floor(start / row);
  const { shape } = builder.old(layer.output);
  // parts of a row that are counted from its start do not reach into the next one
  const isWithin = strides.slice(1).every((stride) => stride >= 0) && (start % row) + reach < row;
  if (flow.isSideways || strides[0] !== row || !isWithin || shape[0] !== sizes[0] || sizes[0] === 1) {
    return whole(builder, layer, [flow], "takes values out of their rows");
  }
  const rows = builder.rowsOf(flow);
  const output = builder.put(layer.output, rowShape(shape, rows, flow));
  builder.add({
    ...{ ...layer, inputs: [flow.tensor], output },
    ...{ start: start % row, sizes: [rows, ...sizes.slice(1)] },
  });
  // row r of the output is row r + first of the input
  return { ...flow, tensor: output, windowRows: sizes[0], lag: flow.lag + first };
}

/** Flows whose newest rows are of the same time; undefined where their rows are not equally many, or equally far apart. */
function together(
  builder: StreamBuilder,
  layer: QuantizedLayer,
  flows: readonly Flow[],
): RowFlow[] | undefined {
  const rows = flows.flatMap((flow) => (flow.kind === "rows" ? [flow] : []));
  const [first] = rows;
  const isAlike = rows.every(
    ({ stride, windowRows, isSideways }) =>
      stride === first.stride && windowRows === first.windowRows && isSideways === first.isSideways,
  );
  if (rows.length < flows.length || !isAlike) return undefined;
  const latest = Math.max(...rows.map(({ lag }) => lag));
  return rows.map((flow, i) => builder.delay(flow, layer.inputs[i], latest - flow.lag));
}

function streamPair(builder: StreamBuilder, layer: QuantizedLayer, flows: readonly Flow[]): Flow {
  const output = builder.old(layer.output).shape;
  // what has no time, as a constant of each channel, is repeated for each row
  const repeated = flows.findIndex(({ kind }, i) => kind === "whole" && builder.isConstant(layer.inputs[i]));
  const rows = flows.find((flow) => flow.kind === "rows");
  if (repeated >= 0 && rows !== undefined && !rows.isSideways) {
    const { shape } = builder.old(layer.inputs[repeated]);
    if (shape.length < output.length || shape[0] === 1) {
      const made = builder.put(layer.output, rowShape(output, builder.rowsOf(rows), rows));
      builder.add({ ...layer, inputs: flows.map(({ tensor }) => tensor), output: made });
      return { ...rows, tensor: made };
    }
  }
  const alike = together(builder, layer, flows);
  if (alike === undefined) return whole(builder, layer, flows, "takes what is not made row by row alike");
  return eachRow(builder, layer, alike);
}

function streamConcatenation(
  builder: StreamBuilder,
  layer: Extract<QuantizedLayer, { kind: "concatenation" }>,
  flows: readonly Flow[],
): Flow {
  const isSideways = flows.some((flow) => flow.kind === "rows" && flow.isSideways);
  const alike = layer.axis === 0 || isSideways ? undefined : together(builder, layer, flows);
  if (alike === undefined) return whole(builder, layer, flows, "joins what is not made row by row alike");
  return eachRow(builder, layer, alike);
}
