/** Numbers of fields and types in ONNX's messages. Source: onnx/onnx, onnx/onnx.proto, IR version 10. */
export const modelField = {
  irVersion: 1,
  producer: 2,
  producerVersion: 3,
  graph: 7,
  opsets: 8,
  functions: 25,
};
export const opsetField = { domain: 1, version: 2 };
export const graphField = {
  nodes: 1,
  name: 2,
  initializers: 5,
  inputs: 11,
  outputs: 12,
  sparseInitializers: 15,
};
export const nodeField = { inputs: 1, outputs: 2, name: 3, operator: 4, attributes: 5, domain: 7 };
export const attributeField = {
  name: 1,
  float: 2,
  integer: 3,
  text: 4,
  tensor: 5,
  graph: 6,
  floats: 7,
  integers: 8,
  texts: 9,
  graphs: 11,
  type: 20,
  reference: 21,
};
export const tensorField = {
  dims: 1,
  type: 2,
  segment: 3,
  floats: 4,
  int32s: 5,
  int64s: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  uint64s: 11,
  external: 13,
  location: 14,
};
export const entryField = { key: 1, value: 2 };
export const valueField = { name: 1, type: 2 };
export const typeField = { tensor: 1, sequence: 4, map: 5, sparse: 8, optional: 9 };
export const tensorTypeField = { element: 1, shape: 2 };
export const shapeField = { dims: 1 };
export const dimField = { value: 1, parameter: 2 };
export const functionField = {
  name: 1,
  inputs: 4,
  outputs: 5,
  attributes: 6,
  nodes: 7,
  opsets: 9,
  domain: 10,
  defaults: 11,
};

/** Numbers of element types. */
export const elementType = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  complex64: 14,
  complex128: 15,
  bfloat16: 16,
} as const;

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(elementType).map(([name, number]) => [number, name]),
);

export const elementTypeName = (type: number): string => names.get(type) ?? `type ${type}`;

/** Bytes of an element; undefined for what no constant of ours is. */
export const elementBytes: Readonly<Record<number, number>> = {
  [elementType.float]: 4,
  [elementType.uint8]: 1,
  [elementType.int8]: 1,
  [elementType.uint16]: 2,
  [elementType.int16]: 2,
  [elementType.int32]: 4,
  [elementType.int64]: 8,
  [elementType.bool]: 1,
  [elementType.float16]: 2,
  [elementType.double]: 8,
  [elementType.uint32]: 4,
  [elementType.uint64]: 8,
  [elementType.bfloat16]: 2,
};

/** The operator set that PyTorch 2.9 writes by default is 18; the newest whose changes were looked at. */
export const newestOpset = 22;
/** ONNX 1.0, 2017. What its operators say otherwise than later ones they say by attributes, which are not known. */
export const oldestOpset = 6;
