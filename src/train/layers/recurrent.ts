import { createFloats, type FloatArray, type Shape, type Tensor } from "../../base/tensor.js";
import type { Penalty } from "../losses/penalties.js";
import type { RecurrentSizes } from "../ops/recurrent.js";
import { createParameter, type LayerBase, type LayerSetting, type Parameter, type Run } from "./layer.js";

export type RecurrentKind = "gru" | "lstm" | "simpleRnn";

/** How many sums of a unit there are. */
export const gateCounts: Readonly<Record<RecurrentKind, number>> = { gru: 3, lstm: 4, simpleRnn: 1 };

/** What a recurrent layer is beside its parameters. */
export interface RecurrentForm {
  /** Gives the output of every step; else of the last one alone. */
  readonly returnsAll: boolean;
  /** Goes from the last step to the first. */
  readonly isBackwards: boolean;
}

/** A recurrent layer's trained tensors. */
export interface RecurrentTensors {
  /** [gates · units, features]; gates: input, forget, cell, output of lstm, update, reset, candidate of gru. */
  readonly weights: Tensor;
  /** [gates · units, units] */
  readonly recurrentWeights: Tensor;
  /** [gates · units] */
  readonly bias: Tensor;
  /** [3 · units], of gru alone: added before the reset gate. */
  readonly recurrentBias?: Tensor | undefined;
}

/** What a forward leaves for its backward, in the memory of its engine; names are those of the ops' traces. */
interface Trace {
  readonly gates: FloatArray;
  readonly before: FloatArray;
  readonly cells: FloatArray;
  readonly squashed: FloatArray;
  readonly candidates: FloatArray;
}

interface TraceGradients {
  readonly gateGradients: FloatArray;
  /** Another array where a gate stands between. */
  readonly recurrentGradients: FloatArray;
}

/**
 * A layer over a series that takes what it gave for a step into the next one; it begins with zeros.
 *
 *   input   [batch, steps, features]
 *   output  [batch, steps, units], or [batch, units]: the last step's
 *
 *   simpleRnn  h′ = tanh(W x + R h + b)
 *   lstm       i, f, o = σ(W x + R h + b), g = tanh(W x + R h + b); c′ = f · c + i · g; h′ = o · tanh(c′)
 *   gru        z, r = σ(W x + b + R h + b′); n = tanh(W x + b + r · (R h + b′)); h′ = (1 − z) · n + z · h
 *
 * Source: src/train/ops/lstm.ts, gru.ts, simpleRnn.ts.
 */
export class Recurrent<Kind extends RecurrentKind = RecurrentKind> implements LayerBase {
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly weights: Parameter;
  readonly recurrentWeights: Parameter;
  readonly bias: Parameter;
  readonly recurrentBias: Parameter | undefined;
  readonly parameters: readonly Parameter[];
  readonly macs: number;
  readonly units: number;
  private readonly steps: number;
  /** By pass, whose run is its own. */
  private readonly traces = new WeakMap<Run, Trace>();
  private readonly gradients = new WeakMap<Trace, TraceGradients>();
  private latest: Trace | undefined;

  constructor(
    readonly kind: Kind,
    readonly name: string,
    inputShape: Shape,
    readonly form: RecurrentForm,
    { weights, recurrentWeights, bias, recurrentBias }: RecurrentTensors,
    penalty?: Penalty,
  ) {
    this.inputShapes = [inputShape];
    this.steps = inputShape[0];
    this.units = recurrentWeights.shape[1];
    this.outputShape = form.returnsAll ? [this.steps, this.units] : [this.units];
    const isWeight = { isWeight: true, penalty };
    this.weights = createParameter("weights", weights, isWeight);
    this.recurrentWeights = createParameter("recurrentWeights", recurrentWeights, isWeight);
    this.bias = createParameter("bias", bias);
    this.recurrentBias = recurrentBias && createParameter("recurrentBias", recurrentBias);
    const all = [this.weights, this.recurrentWeights, this.bias];
    this.parameters = this.recurrentBias === undefined ? all : [...all, this.recurrentBias];
    this.macs = this.steps * (weights.data.length + recurrentWeights.data.length);
  }

  forward([input]: readonly Tensor[], output: Tensor, run: Run): void {
    const { ops } = run;
    const sizes = this.sizes(input);
    const trace = this.traceFor(run, input);
    const recurrentWeights = this.recurrentWeights.value.data;
    const [affine] = this.productSizes(sizes);
    ops.affineForward(affine, input.data, this.weights.value.data, this.bias.value.data, trace.gates);
    if (this.kind === "lstm") {
      ops.lstmForward(sizes, recurrentWeights, trace, output.data);
    } else if (this.recurrentBias === undefined) {
      ops.simpleRnnForward(sizes, recurrentWeights, trace, output.data);
    } else {
      ops.gruForward(sizes, recurrentWeights, this.recurrentBias.value.data, trace, output.data);
    }
    this.latest = trace;
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
    run: Run,
  ): void {
    const { ops } = run;
    const sizes = this.sizes(input);
    const trace = this.traceFor(run, input);
    const { gateGradients, recurrentGradients } = this.gradientsFor(trace, run, input);
    this.backThroughTime(sizes, trace, outputGradient.data, { gateGradients, recurrentGradients }, run);
    const [affine, recurrent] = this.productSizes(sizes);
    const { batch: rows, outFeatures } = affine;
    ops.affineWeightGradient(affine, input.data, gateGradients, this.weights.gradient.data);
    ops.affineWeightGradient(
      recurrent,
      trace.before,
      recurrentGradients,
      this.recurrentWeights.gradient.data,
    );
    ops.addColumnSums(rows, outFeatures, gateGradients, this.bias.gradient.data);
    if (this.recurrentBias !== undefined) {
      ops.addColumnSums(rows, outFeatures, recurrentGradients, this.recurrentBias.gradient.data);
    }
    if (inputGradient !== undefined) {
      ops.affineInputGradient(affine, gateGradients, this.weights.value.data, inputGradient.data);
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    const { returnsAll, isBackwards } = this.form;
    return { units: this.units, returns: returnsAll ? "all" : "last", backwards: isBackwards };
  }

  /** The largest magnitudes that the latest forward had on its way: of an LSTM's cells, and of outputs before the last step. */
  get largest(): { readonly cell: number; readonly output: number } {
    const { cells = [], before = [] } = this.latest ?? {};
    const [cell, output] = [cells, before].map((values) => {
      let most = 0;
      for (const value of values) most = Math.max(most, Math.abs(value));
      return most;
    });
    return { cell, output };
  }

  private backThroughTime(
    sizes: RecurrentSizes,
    trace: Trace,
    outputGradient: FloatArray,
    { gateGradients, recurrentGradients }: TraceGradients,
    { ops }: Run,
  ): void {
    const recurrentWeights = this.recurrentWeights.value.data;
    const values = [sizes, recurrentWeights, trace, outputGradient, gateGradients] as const;
    if (this.kind === "lstm") ops.lstmBackward(...values);
    else if (this.kind === "gru") ops.gruBackward(...values, recurrentGradients);
    else ops.simpleRnnBackward(...values);
  }

  private sizes(input: Tensor): RecurrentSizes {
    const { steps, units, form } = this;
    return {
      ...{ batch: input.shape[0], steps, units },
      ...{ isReversed: form.isBackwards, returnsAll: form.returnsAll },
    };
  }

  /** All steps' products at once: with the inputs, and with the states before them. */
  private productSizes({ batch, steps, units }: RecurrentSizes) {
    const rows = { batch: batch * steps, outFeatures: gateCounts[this.kind] * units };
    return [
      { ...rows, inFeatures: this.inputShapes[0][1] },
      { ...rows, inFeatures: units },
    ] as const;
  }

  private traceFor(run: Run, input: Tensor): Trace {
    let trace = this.traces.get(run);
    if (trace?.before.length !== input.shape[0] * this.steps * this.units) {
      const rows = this.rowsOf(run, input);
      const [ofLstm, ofGru] = [Number(this.kind === "lstm"), Number(this.kind === "gru")];
      trace = {
        ...{ gates: rows(gateCounts[this.kind]), before: rows(1) },
        ...{ cells: rows(ofLstm), squashed: rows(ofLstm), candidates: rows(ofGru) },
      };
      this.traces.set(run, trace);
    }
    return trace;
  }

  private gradientsFor(trace: Trace, run: Run, input: Tensor): TraceGradients {
    let gradients = this.gradients.get(trace);
    if (gradients === undefined) {
      const rows = this.rowsOf(run, input);
      const gateGradients = rows(gateCounts[this.kind]);
      const recurrentGradients = this.kind === "gru" ? rows(gateCounts.gru) : gateGradients;
      gradients = { gateGradients, recurrentGradients };
      this.gradients.set(trace, gradients);
    }
    return gradients;
  }

  /** Makes arrays of [batch, steps, parts · units] in the memory of the pass's engine. */
  private rowsOf({ createFloats: create = createFloats }: Run, { dtype, shape: [batch] }: Tensor) {
    return (parts: number) => create(dtype, batch * this.steps * parts * this.units);
  }
}
