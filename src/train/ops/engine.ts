import { createFloats, type DType, type FloatArray } from "../../base/tensor.js";
import { type Ops, typescriptOps } from "./index.js";

/** Who computes: the functions, and the memory they work on. All engines give the same bits. */
export interface Engine {
  readonly name: string;
  readonly ops: Ops;
  /** Zeros in memory that the functions reach; training's tensors are made of these. */
  createFloats(dtype: DType, length: number): FloatArray;
}

/** Plain loops over plain typed arrays: the definition, and what runs where nothing faster does. */
export const typescriptEngine: Engine = { name: "typescript", ops: typescriptOps, createFloats };
