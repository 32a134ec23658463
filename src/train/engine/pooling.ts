import type { FloatArray } from "../../base/tensor.js";
import type { Ops } from "../ops/index.js";
import type { PoolingSizes } from "../ops/pooling.js";
import type { KernelName } from "./kernels.js";
import type { Machine } from "./machine.js";

type PoolingOps = Pick<
  Ops,
  "maxPoolForward" | "maxPoolBackward" | "averagePoolForward" | "averagePoolBackward"
>;

interface Arrays {
  readonly input?: FloatArray;
  readonly output?: FloatArray;
  readonly outputGradient?: FloatArray;
  readonly inputGradient?: FloatArray;
}

/** Inputs under windows that are worth a thread's while: about ten microseconds. */
const sharedWork = 20_000;

/** Fewer channels leave lanes empty. */
const fewestChannels = 3;

/** Pooling, four channels at a time; what is not in the machine's memory, or of few channels, is left to `fallback`. */
export function poolingOps(machine: Machine, fallback: Ops): PoolingOps {
  const isServed = ({ channels }: PoolingSizes, ...arrays: readonly FloatArray[]) =>
    channels >= fewestChannels && arrays.every((array) => machine.heap.holds(array));

  function run(name: KernelName, sizes: PoolingSizes, arrays: Arrays, isRectified = false): void {
    const { outHeight, outWidth, windowHeight, windowWidth, channels } = sizes;
    machine.prepare("Pooling", {
      channels,
      inHeight: sizes.inHeight,
      inWidth: sizes.inWidth,
      outHeight,
      outWidth,
      windowHeight,
      windowWidth,
      strideY: sizes.strideY,
      strideX: sizes.strideX,
      paddingTop: sizes.paddingTop,
      paddingLeft: sizes.paddingLeft,
      input: arrays.input?.byteOffset ?? 0,
      output: arrays.output?.byteOffset ?? 0,
      outputGradient: arrays.outputGradient?.byteOffset ?? 0,
      inputGradient: arrays.inputGradient?.byteOffset ?? 0,
      isRectified: Number(isRectified),
    });
    const workOfSample = outHeight * outWidth * windowHeight * windowWidth * channels;
    machine.run(name, sizes.batch, Math.ceil(sharedWork / workOfSample));
  }

  return {
    maxPoolForward(sizes, input, output) {
      if (!isServed(sizes, input, output)) fallback.maxPoolForward(sizes, input, output);
      else run("maxPoolForward", sizes, { input, output });
    },

    maxPoolBackward(sizes, input, output, outputGradient, inputGradient, isRectified) {
      if (!isServed(sizes, input, output, outputGradient, inputGradient)) {
        fallback.maxPoolBackward(sizes, input, output, outputGradient, inputGradient, isRectified);
        return;
      }
      run("maxPoolBackward", sizes, { input, output, outputGradient, inputGradient }, isRectified);
    },

    averagePoolForward(sizes, input, output) {
      if (!isServed(sizes, input, output)) fallback.averagePoolForward(sizes, input, output);
      else run("averagePoolForward", sizes, { input, output });
    },

    averagePoolBackward(sizes, outputGradient, inputGradient) {
      if (!isServed(sizes, outputGradient, inputGradient)) {
        fallback.averagePoolBackward(sizes, outputGradient, inputGradient);
        return;
      }
      run("averagePoolBackward", sizes, {
        outputGradient,
        inputGradient,
      });
    },
  };
}
