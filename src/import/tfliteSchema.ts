/**
 * The numbers of TensorFlow Lite's file format that the reader needs: fields of tables in the order of their
 * declaration (a union takes two: its type, then its value), and the values of enumerations.
 *
 * Source: tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3.
 */

export const fileIdentifier = "TFL3";
export const schemaVersion = 3;

export const modelField = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4 } as const;
export const operatorCodeField = { shortCode: 0, customCode: 1, version: 2, code: 3 } as const;
export const subgraphField = { tensors: 0, inputs: 1, outputs: 2, operators: 3 } as const;
export const bufferField = { data: 0, offset: 1, size: 2 } as const;
export const tensorField = {
  ...{ shape: 0, type: 1, buffer: 2, name: 3, quantization: 4 },
  ...{ isVariable: 5, sparsity: 6, externalBuffer: 10 },
} as const;
export const quantizationField = {
  ...{ scale: 2, zeroPoint: 3, detailsType: 4, quantizedDimension: 6 },
} as const;
export const operatorField = {
  ...{ codeIndex: 0, inputs: 1, outputs: 2, optionsType: 3, options: 4, optionsType2: 11 },
} as const;

/** Tables of options: their number in the union BuiltinOptions, and their fields. */
export const conv2dOptions = {
  ...{ type: 1, padding: 0, strideW: 1, strideH: 2, activation: 3, dilationW: 4, dilationH: 5, biasType: 6 },
} as const;
export const depthwiseConv2dOptions = {
  ...{ type: 2, padding: 0, strideW: 1, strideH: 2, depthMultiplier: 3, activation: 4 },
  ...{ dilationW: 5, dilationH: 6 },
} as const;
export const pool2dOptions = {
  ...{ type: 5, padding: 0, strideW: 1, strideH: 2, filterWidth: 3, filterHeight: 4, activation: 5 },
} as const;
export const fullyConnectedOptions = { type: 8, activation: 0, weightsFormat: 1, biasType: 4 } as const;
export const softmaxOptions = { type: 9, beta: 0 } as const;
export const concatenationOptions = { type: 10, axis: 0, activation: 1 } as const;
export const addOptions = { type: 11, activation: 0 } as const;
export const reshapeOptions = { type: 17, newShape: 0 } as const;
export const mulOptions = { type: 21, activation: 0 } as const;
export const callOnceOptions = { type: 103, subgraph: 0 } as const;
export const varHandleOptions = { type: 111, container: 0, sharedName: 1 } as const;
export const packOptions = { type: 59, count: 0, axis: 1 } as const;
export const unpackOptions = { type: 64, count: 0, axis: 1 } as const;
export const splitOptions = { type: 35, count: 0 } as const;
export const gatherOptions = { type: 23, axis: 0, batchAxes: 1 } as const;
export const blockOptions = { toSpace: 94, toDepth: 19, size: 0 } as const;
export const stridedSliceOptions = {
  ...{ type: 32, beginMask: 0, endMask: 1, ellipsisMask: 2, newAxisMask: 3, shrinkAxisMask: 4, offset: 5 },
} as const;
export const svdfOptions = { type: 6, rank: 0, activation: 1 } as const;
export const lstmOptions = { type: 71, activation: 0, cellClip: 1, timeMajor: 3 } as const;
export const subOptions = { type: 28, activation: 0 } as const;
export const divOptions = { type: 29, activation: 0 } as const;
export const geluOptions = { type: 116, approximate: 0 } as const;
export const leakyReluOptions = { type: 75, alpha: 0 } as const;
export const resizeOptions = {
  bilinear: { type: 15, alignCorners: 2, halfPixelCenters: 3 },
  nearest: { type: 74, alignCorners: 0, halfPixelCenters: 1 },
} as const;
export const transposeConvOptions = { type: 49, padding: 0, strideW: 1, strideH: 2, activation: 3 } as const;
export const reducerOptions = { type: 27, keepDims: 0 } as const;

/** By number. */
export const paddingNames: readonly string[] = ["SAME", "VALID"];

/** By number. */
export const activationNames: readonly string[] = [
  "NONE",
  "RELU",
  "RELU_N1_TO_1",
  "RELU6",
  "TANH",
  "SIGN_BIT",
];

/** By number, as the reader's messages call them. */
export const typeNames: readonly string[] = (
  "float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource variant " +
  "uint32 uint16 int4 bfloat16 int2 uint4 float8_e4m3fn float8_e5m2"
).split(" ");

export const tensorType = {
  ...{ float32: 0, float16: 1, int32: 2, uint8: 3, int64: 4, int16: 7, int8: 9 },
} as const;

/** The number from which on an operator's code stands in the longer of the two fields. */
export const customOperator = 32;

/** By number. Beyond 161 lie the STABLEHLO operators, which interpreters do not run. */
export const operatorNames: readonly string[] = (
  "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR " +
  "FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC " +
  "LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH " +
  "SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER " +
  "BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE " +
  "BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM " +
  "ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE " +
  "TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK " +
  "LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL " +
  "FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL " +
  "REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND " +
  "HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM " +
  "BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS " +
  "HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE " +
  "ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU " +
  "DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 " +
  "UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT"
).split(" ");
