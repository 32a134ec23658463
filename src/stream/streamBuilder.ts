import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import type { Shape } from "../base/tensor.js";
import { quantizationOf } from "../network/quantization.js";
import type {
  QuantizedLayer,
  QuantizedNetwork,
  QuantizedTensor,
  State,
} from "../network/quantizedNetwork.js";
import { contiguousStrides } from "../network/stridedView.js";
import type { StreamedNetwork } from "./streamNetwork.js";

/** A tensor of the window network of which each run makes the next rows. */
export interface RowFlow {
  readonly kind: "rows";
  /** Of the stream's network: [rows a run, …]. */
  readonly tensor: number;
  /** Rows that the window network's tensor has. */
  readonly windowRows: number;
  /** Input rows from one row to the next. */
  readonly stride: number;
  /**
   * Rows that are missing at the end: row r of the stream is made of input rows from r · stride on, and after run s the
   * newest is (s + 1) · rows a run − 1 − lag.
   */
  readonly lag: number;
  /** Whether the window network has it as [1, rows, …] and not as [rows, …]. */
  readonly isSideways: boolean;
}

/** A tensor that is the window network's own. */
export interface WholeFlow {
  readonly kind: "whole";
  readonly tensor: number;
}

export type Flow = RowFlow | WholeFlow;

/** Writes a layer as it is, with other tensors. */
type Placed = Pick<QuantizedLayer, "inputs" | "output">;

/** Why a layer runs on the whole window. */
export interface StreamNote {
  readonly layer: string;
  readonly why: string;
}

/** A stream's network while it is made. */
export class StreamBuilder {
  private readonly flows = new Map<number, Flow>();
  private readonly tensors: QuantizedTensor[] = [];
  private readonly layers: QuantizedLayer[] = [];
  private readonly states: State[] = [];
  private readonly names = new Set<string>();
  private readonly notes: StreamNote[] = [];
  private furthestEnd = 0;
  private commonStride = 1;

  /**
   * @param hop input rows a run
   * @param wantedEnd the end that windows must share, once it is known: see {@link end}
   */
  constructor(
    private readonly network: QuantizedNetwork,
    private readonly hop: number,
    private readonly wantedEnd: number,
  ) {
    for (const { name } of network.layers) this.names.add(name);
    const [{ tensor }] = network.inputs;
    const { shape } = network.tensors[tensor];
    const flow: Omit<RowFlow, "tensor"> = {
      ...{ kind: "rows", windowRows: shape[0] ?? 1, stride: 1, lag: 0, isSideways: false },
    };
    this.set(tensor, { ...flow, tensor: this.put(tensor, [hop, ...shape.slice(1)]) });
  }

  /** The furthest that a window reaches back from the newest input row. */
  get end(): number {
    return this.furthestEnd;
  }

  /** Runs take a multiple of so many input rows, so that each makes whole rows everywhere. */
  get leastHop(): number {
    return this.commonStride;
  }

  flowOf(tensor: number): Flow {
    return this.flows.get(tensor)!;
  }

  set(tensor: number, flow: Flow): void {
    this.flows.set(tensor, flow);
    if (flow.kind === "rows") this.commonStride = leastCommonMultiple(this.commonStride, flow.stride);
  }

  /** What the window network's tensor is. */
  old(tensor: number): QuantizedTensor {
    return this.network.tensors[tensor];
  }

  /** Whether a tensor holds the same in every run. */
  isConstant(tensor: number): boolean {
    return this.network.layers.some(({ kind, output }) => output === tensor && kind === "constant");
  }

  /** Rows that a run makes. */
  rowsOf({ stride }: Pick<RowFlow, "stride">): number {
    return this.hop / stride;
  }

  /** A tensor like one of the window network's, in another shape. */
  put(tensor: number, shape: Shape, name?: string): number {
    const like = this.network.tensors[tensor];
    return this.tensors.push({ ...like, shape, ...(name !== undefined && { name }) }) - 1;
  }

  /** The same as a state, which is 0 after a reset. */
  putState(like: number, shape: Shape, name: string): number {
    const state = this.put(like, shape, this.name(name));
    this.states.push({ tensor: state, reset: 0 });
    return state;
  }

  add(layer: QuantizedLayer): void {
    this.layers.push(layer);
  }

  /** A layer whose tensors are all whole, as it is. */
  keep(layer: QuantizedLayer, flows: readonly Flow[]): WholeFlow {
    const output = this.put(layer.output, this.old(layer.output).shape);
    const placed: Placed = { inputs: flows.map(({ tensor }) => tensor), output };
    this.add({ ...layer, ...placed });
    return { kind: "whole", tensor: output };
  }

  /**
   * The newest rows of a flow: those of this run and as many before as are wanted.
   *
   * @param like the window network's tensor that the rows are of
   */
  window(flow: RowFlow, like: number, rows: number): number {
    const made = this.rowsOf(flow);
    if (rows === made) return flow.tensor;
    const { name } = this.old(like);
    const rest = this.tensors[flow.tensor].shape.slice(1);
    const label = this.name(`${name}_rows`);
    if (rows < made) {
      // the newest of what a run makes, without a state
      const output = this.put(like, [rows, ...rest], label);
      this.add({
        ...{ kind: "copy", name: label, inputs: [flow.tensor], output },
        ...view([rows, ...rest], made - rows),
      });
      return output;
    }
    const state = this.put(like, [rows, ...rest], label);
    this.states.push({ tensor: state, reset: quantizationOf(this.old(like)).zeroPoint });
    this.add({ kind: "streamWindow", name: label, inputs: [flow.tensor, state], output: state });
    return state;
  }

  /** The same rows some runs' rows later. */
  delay(flow: RowFlow, like: number, rows: number): RowFlow {
    if (rows === 0) return flow;
    const made = this.rowsOf(flow);
    const held = this.window(flow, like, made + rows);
    const shape = [made, ...this.tensors[flow.tensor].shape.slice(1)];
    const name = this.name(`${this.old(like).name}_later`);
    const output = this.put(like, shape, name);
    this.add({ kind: "copy", name, inputs: [held], output, ...view(shape, 0) });
    return { ...flow, tensor: output, lag: flow.lag + rows };
  }

  /**
   * Rows 0 to `windowRows` − 1 of the window, as what looks at all of it takes them.
   *
   * @param shape as which they are wanted
   */
  collect(layer: QuantizedLayer, flow: RowFlow, like: number, shape: Shape): number {
    const end = flow.stride * (flow.lag + flow.windowRows);
    this.furthestEnd = Math.max(this.furthestEnd, end);
    const later = (Math.max(this.wantedEnd, end) - end) / flow.stride;
    if (!Number.isInteger(later)) {
      throw new UserError(
        oneLine`layer "${layer.name}" and another look at windows whose ends are ${later * flow.stride} rows apart, where rows come by ${flow.stride}`,
        "let strides in time stand behind the place where branches part",
      );
    }
    const delayed = later === 0 ? flow : this.delay(flow, like, later);
    const rows = this.window(delayed, like, flow.windowRows);
    const { shape: found } = this.tensors[rows];
    if (found.length === shape.length && found.every((size, axis) => size === shape[axis])) return rows;
    const name = this.name(`${this.old(like).name}_window`);
    const output = this.put(like, shape, name);
    this.add({ kind: "reshape", name, inputs: [rows], output });
    return output;
  }

  /** A layer that runs on the whole window in every run, where a user may think otherwise. */
  note({ name }: QuantizedLayer, why: string): void {
    this.notes.push({ layer: name, why });
  }

  finish(hop: number): StreamedNetwork {
    const { inputs, outputs, name } = this.network;
    const place = ({ tensor }: { readonly tensor: number }) => ({ tensor: this.flowOf(tensor).tensor });
    const fills = outputs.map(({ tensor }) => {
      const flow = this.flowOf(tensor);
      return flow.kind === "rows"
        ? Math.ceil(flow.lag / this.rowsOf(flow))
        : Math.max(0, Math.ceil(this.furthestEnd / hop) - 1);
    });
    const fillRuns = Math.max(...fills);
    return {
      network: {
        name,
        tensors: this.tensors,
        inputs: inputs.map((port) => ({ ...port, ...place(port) })),
        outputs: outputs.map((port) => ({ ...port, ...place(port) })),
        states: this.states,
        layers: this.layers,
        ...(fillRuns > 0 && { fillRuns }),
      },
      hop,
      window: this.furthestEnd,
      notes: this.notes,
    };
  }

  /** A name that no layer of the network has. */
  name(wanted: string): string {
    let name = wanted;
    for (let number = 2; this.names.has(name); number++) name = `${wanted}_${number}`;
    this.names.add(name);
    return name;
  }
}

function leastCommonMultiple(a: number, b: number): number {
  let [greater, rest] = [a, b];
  while (rest > 0) [greater, rest] = [rest, greater % rest];
  return (a / greater) * b;
}

/** Rows from `first` on, as they lie. */
function view(sizes: Shape, first: number) {
  const strides = contiguousStrides(sizes);
  return { start: first * strides[0], sizes, strides };
}
