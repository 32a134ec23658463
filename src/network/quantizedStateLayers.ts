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
 * When the probabilities of some classes say that something was heard: [classes, state] → state [window + 4, classes]. The
 * state's first row is the newest probabilities, the second 127 for a class that is detected, else −128; the third and the
 * fourth begin with the lower and the upper byte of an int16, frames until something may be detected, counted below 0; then
 * the last `window` rows of probabilities, the newest last. Input and output have scale 1/256 and zero point −128.
 *
 * A class is detected where the sum of its last `window` probabilities is over `window` · `cutoff` and no frames are to wait.
 * Then the window's rows become −128, and `holdOff` frames must pass in which the newest probabilities are below `cutoff`.
 *
 * Source: ESPHome micro_wake_word, streaming_model.cpp (WakeWordModel::determine_detected, perform_streaming_inference).
 */
export interface QuantizedDetection extends LayerBase {
  readonly kind: "detection";
  /** Steps of 1/256 that a probability must reach: 0..255. */
  readonly cutoff: number;
  readonly window: number;
  readonly holdOff: number;
  /** Frames of a run, of which the probabilities are those of the last. */
  readonly frames: number;
}

/** Rows of a {@link QuantizedDetection}'s state before those of the window. */
export const detectionRows = 4;

/** What the state holds before the first run, as after a detection. */
export function detectionReset({ window, holdOff }: QuantizedDetection, classes: number): Int8Array {
  const state = new Int8Array((detectionRows + window) * classes).fill(-128);
  state[2 * classes] = -holdOff & 255;
  state[3 * classes] = -holdOff >> 8;
  return state;
}

/**
 * A long short-term memory over a series: [rows of the input, state] → state [rows + 2, units]. The state's first rows are
 * the outputs, of which the last goes into the next run; two rows behind them are the lower and the upper bytes of an int16
 * cell. Gates stand as input, forget, cell, output.
 *
 * Source: TFLite int8 quantization specification, UNIDIRECTIONAL_SEQUENCE_LSTM.
 */
export interface QuantizedLstm extends LayerBase, LstmNumbers {
  readonly kind: "lstm";
  /** The largest magnitude of the cell, in its steps. Default none. */
  readonly cellClip?: number;
}

/** Weights of a long short-term memory. */
export interface LstmNumbers {
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
}

/** The cells of {@link QuantizedRecurrent}. */
export type RecurrentCell = "gru" | "lstm" | "simpleRnn";

/**
 * A recurrent layer that begins anew in each run: [steps, inFeatures] → [steps, units], or [units] of the step it ends on.
 * An output of gru and simpleRnn has steps of 2^-7 and the zero point 0.
 */
export interface QuantizedRecurrent extends LayerBase {
  readonly kind: "recurrent";
  readonly cell: RecurrentCell;
  /** Goes from the last step to the first. */
  readonly isBackwards: boolean;
  /** int8 [gates, units, inFeatures], symmetric: input, forget, cell, output; update, reset, candidate; or one. */
  readonly inputWeights: Int8Array;
  /** int8 [gates, units, units], symmetric. */
  readonly recurrentWeights: Int8Array;
  /** int32 [gates, units], scale = input scale · weight scale. */
  readonly bias: Int32Array;
  /** int32 [units], scale = output scale · recurrent scale of the candidate: what the reset gate of gru multiplies too. */
  readonly recurrentBias?: Int32Array;
  /** [gates], float32 values. */
  readonly weightScales: readonly number[];
  readonly recurrentScales: readonly number[];
  /** What one step of the cell of lstm is: a power of two. */
  readonly cellScale?: number;
}

/**
 * The first half of an SVDF: [input, state] → state [filters, memory], int8 or int16, with each filter's oldest value gone
 * and that of the input at its end.
 *
 * Source: TFLM svdf_common.cc.
 */
export interface QuantizedSvdfFeatures extends LayerBase {
  readonly kind: "svdfFeatures";
  /** int8 [filters, inFeatures], symmetric. */
  readonly featureWeights: Int8Array;
  /** A float32 value. */
  readonly weightScale: number;
}

/** The second half: state [filters, memory] → [units], each the sum of its own filters' memories, weighed. */
export interface QuantizedSvdfTime extends LayerBase {
  readonly kind: "svdfTime";
  /** [filters, memory], symmetric, of the state's element type. */
  readonly timeWeights: Int8Array | Int16Array;
  /** A float32 value. */
  readonly weightScale: number;
  /** int32 [units], scale = state scale · weight scale. */
  readonly bias: Int32Array;
}

/** Layers that remember something, from run to run or within one. */
export type QuantizedStateLayer =
  | QuantizedDetection
  | QuantizedLstm
  | QuantizedRecurrent
  | QuantizedStreamWindow
  | QuantizedSvdfFeatures
  | QuantizedSvdfTime;

/** How many sums of a unit there are. */
export const cellGates: Readonly<Record<RecurrentCell, number>> = { gru: 3, lstm: 4, simpleRnn: 1 };
