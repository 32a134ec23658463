import { createFloats, type DType, Tensor } from "../../base/tensor.js";
import type { Parameter } from "../layers/layer.js";
import { type Engine, typescriptEngine } from "../ops/engine.js";
import { typescriptOps } from "../ops/index.js";
import { affineOps } from "./affine.js";
import { batchNormOps } from "./batchNorm.js";
import { convolutionOps } from "./convolution.js";
import { convolutionJobs } from "./convolutionJobs.js";
import { depthwiseOps } from "./depthwise.js";
import { elementOps } from "./elementwise.js";
import { Machine } from "./machine.js";
import { poolingOps } from "./pooling.js";
import { recurrentOps } from "./recurrent.js";
import { Tuner } from "./tuner.js";

/** An engine whose memory is given back as a whole. */
export interface OpenEngine extends Engine {
  /** Moves parameters and their gradients to the engine's memory; `close` moves them back. */
  take(parameters: readonly Parameter[]): void;
  /** Called around every step of training, so that the engine can find out how to be fast. */
  beforeStep(): void;
  afterStep(): void;
  /** Gives back all memory. Arrays that came from this engine must not be used any more. */
  close(): void;
}

/** `plain` is the TypeScript functions alone; `fast` is whatever is fastest. */
export type EngineName = "fast" | "plain";

export interface EngineOptions {
  readonly engine?: EngineName;
  readonly useThreads?: boolean;
}

/**
 * An engine for networks of an element type. Where WebAssembly cannot serve, it is the plain TypeScript functions: they
 * give the same bits.
 */
export function openEngine(
  dtype: DType,
  { engine = "fast", useThreads = true }: EngineOptions = {},
): OpenEngine {
  const machine = dtype === "float32" && engine === "fast" ? Machine.get() : undefined;
  return machine === undefined
    ? { ...typescriptEngine, take() {}, beforeStep() {}, afterStep() {}, close() {} }
    : openMachineEngine(machine, useThreads);
}

function openMachineEngine(machine: Machine, useThreads: boolean): OpenEngine {
  /** Addresses of all that this engine was given. */
  const blocks: number[] = [];
  const returns: (() => void)[] = [];
  const tuner = useThreads ? new Tuner(machine.threads) : undefined;

  function allocate(length: number): Float32Array {
    const floats = machine.allocate(length);
    if (floats === undefined) return new Float32Array(length); // the memory is full: the plain functions go on
    blocks.push(floats.byteOffset);
    return floats;
  }

  function move(tensor: Tensor): Tensor {
    const floats = allocate(tensor.data.length);
    floats.set(tensor.data);
    return new Tensor(tensor.shape, floats);
  }

  const affine = affineOps(machine, typescriptOps);
  const jobs = convolutionJobs(machine, (offsets) => {
    const address = machine.placeTable(offsets);
    blocks.push(address);
    return address;
  });
  const ops = {
    ...typescriptOps,
    ...affine,
    ...convolutionOps(machine, jobs, affine, typescriptOps),
    ...depthwiseOps(machine, jobs, typescriptOps),
    ...poolingOps(machine, typescriptOps),
    ...batchNormOps(machine, typescriptOps),
    ...elementOps(machine, typescriptOps),
    ...recurrentOps(machine, typescriptOps),
  };
  return {
    name: "wasm",
    ops,
    createFloats: (type, length) => (type === "float32" ? allocate(length) : createFloats(type, length)),
    take(parameters) {
      for (const parameter of parameters) {
        const { value, gradient } = parameter;
        if (machine.heap.holds(value.data)) continue; // another engine has it and will bring it back
        const moved = { value: move(value), gradient: move(gradient) };
        Object.assign(parameter, moved);
        returns.push(() => {
          value.data.set(moved.value.data);
          gradient.data.set(moved.gradient.data);
          Object.assign(parameter, { value, gradient });
        });
      }
    },
    beforeStep: () => tuner?.beforeStep(),
    afterStep: () => tuner?.afterStep(),
    close() {
      tuner?.end();
      for (const giveBack of returns.splice(0)) giveBack();
      for (const address of blocks.splice(0)) machine.heap.release(address);
    },
  };
}
