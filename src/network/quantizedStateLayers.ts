/** What every layer of a quantized network has. */
export interface LayerBase {
  /** The layer's name in the user's network: unique, free text (the generator makes a C identifier of it). */
  readonly name: string;
  /** Indices into the network's tensors. */
  readonly inputs: readonly number[];
  readonly output: number;
}

/**
 * The newest rows of a signal, along its first axis: [new rows, state] → state, with the oldest rows gone and the new ones
 * at its end. Nothing reads the state before it in a run.
 */
export interface QuantizedStreamWindow extends LayerBase {
  readonly kind: "streamWindow";
}

/**
 * A long short-term memory over a series: [rows of the input, state] → state [rows + 2, units]. The state's first rows are
 * the outputs, of which the last goes into the next run; two rows behind them are the lower and the upper bytes of an int16
 * cell. Gates stand as input, forget, cell, output.
 *
 * Source: TFLite int8 quantization specification, UNIDIRECTIONAL_SEQUENCE_LSTM.
 */
export interface QuantizedLstm extends LayerBase {
  readonly kind: "lstm";
  /** int8 [4, units, inFeatures], symmetric. */
  readonly inputWeights: Int8Array;
  /** int8 [4, units, units], symmetric. */
  readonly recurrentWeights: Int8Array;
  /** int32 [4, units], scale = input scale · weight scale. */
  readonly bias: Int32Array;
  /** [4], one of each gate's weights. Float32 values. */
  readonly weightScales: readonly number[];
  readonly recurrentScales: readonly number[];
  /** What one step of the cell is: a power of two. */
  readonly cellScale: number;
  /** The largest magnitude of the cell, in its steps. Default none. */
  readonly cellClip?: number;
}
