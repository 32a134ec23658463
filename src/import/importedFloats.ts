import type { Network } from "../train/network/network.js";

/** A side of the network as the file's users see it. */
export interface ImportedPort {
  readonly name: string;
  /** Which axis of ours each of the users' axes is; undefined where their arrays are as ours. */
  readonly axes: readonly number[] | undefined;
}

/** A file of a float model as a float network, and what else the file tells. */
export interface ImportedFloats {
  readonly network: Network;
  readonly input: ImportedPort;
  readonly output: ImportedPort;
  /** Who wrote the file: free text. */
  readonly producer: string;
  /** Of a .onnx file: the operator set. */
  readonly opset?: number;
  /** The node or layer of the file behind each layer. */
  readonly origins: readonly { readonly layer: string; readonly node: string; readonly operator: string }[];
  /** What was left out: "softmax". */
  readonly leftOut: string | undefined;
  /** What the outputs stand for, where the file names them: free text. */
  readonly classNames?: readonly string[];
  readonly notes: readonly string[];
}
