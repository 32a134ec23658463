import type { FloatArray } from "../../tensor.js";
import type { Ops } from "../ops/index.js";
import type { Job } from "./jobs.js";
import type { KernelName } from "./kernels.js";
import type { Machine } from "./machine.js";

type ElementOps = Pick<
  Ops,
  | "reluForward"
  | "reluBackward"
  | "relu6Forward"
  | "relu6Backward"
  | "accumulate"
  | "sgdStep"
  | "momentumStep"
  | "nesterovStep"
  | "adamStep"
>;

/** Vectors of four that are worth a thread's while: about ten microseconds. */
const sharedVectors = 4096;

/** Elements below which calling WebAssembly costs more than it saves. */
const fewest = 64;

/** Functions of one element after the other; what is not in the machine's memory, or tiny, is left to `fallback`. */
export function elementOps(machine: Machine, fallback: Ops): ElementOps {
  const { heap } = machine;
  const isHeld = (...arrays: readonly FloatArray[]) =>
    arrays[0].length >= fewest && arrays.every((array) => heap.holds(array));

  function run(name: KernelName, length: number): void {
    machine.run(name, Math.ceil(length / 4), sharedVectors);
  }

  function step(name: KernelName, length: number, job: Job<"Step">): void {
    machine.prepare("Step", job);
    run(name, length);
  }

  /** Functions that read one array and write another. */
  function forward(name: "reluForward" | "relu6Forward" | "accumulate"): Ops[typeof name] {
    return (input, output) => {
      if (!isHeld(input, output)) {
        fallback[name](input, output);
        return;
      }
      machine.prepare("Unary", { input: input.byteOffset, output: output.byteOffset });
      run(name, output.length);
    };
  }

  /** Derivatives that follow from the output. */
  function backward(name: "reluBackward" | "relu6Backward"): Ops[typeof name] {
    return (output, outputGradient, inputGradient) => {
      if (!isHeld(output, outputGradient, inputGradient)) {
        fallback[name](output, outputGradient, inputGradient);
        return;
      }
      machine.prepare("Unary", {
        output: output.byteOffset,
        outputGradient: outputGradient.byteOffset,
        inputGradient: inputGradient.byteOffset,
      });
      run(name, inputGradient.length);
    };
  }

  return {
    reluForward: forward("reluForward"),
    reluBackward: backward("reluBackward"),
    relu6Forward: forward("relu6Forward"),
    relu6Backward: backward("relu6Backward"),
    accumulate: forward("accumulate"),

    sgdStep(value, gradient, rate) {
      if (!isHeld(value, gradient)) {
        fallback.sgdStep(value, gradient, rate);
        return;
      }
      step("sgdStep", value.length, { value: value.byteOffset, gradient: gradient.byteOffset, rate });
    },

    momentumStep(value, gradient, velocity, rate, momentum) {
      if (!isHeld(value, gradient, velocity)) {
        fallback.momentumStep(value, gradient, velocity, rate, momentum);
        return;
      }
      step("momentumStep", value.length, {
        value: value.byteOffset,
        gradient: gradient.byteOffset,
        first: velocity.byteOffset,
        rate,
        momentum,
      });
    },

    nesterovStep(value, gradient, velocity, rate, momentum) {
      if (!isHeld(value, gradient, velocity)) {
        fallback.nesterovStep(value, gradient, velocity, rate, momentum);
        return;
      }
      step("nesterovStep", value.length, {
        value: value.byteOffset,
        gradient: gradient.byteOffset,
        first: velocity.byteOffset,
        rate,
        momentum,
      });
    },

    adamStep(value, gradient, first, second, factors) {
      if (!isHeld(value, gradient, first, second)) {
        fallback.adamStep(value, gradient, first, second, factors);
        return;
      }
      const { beta1, beta2, epsilon, firstRate, secondScale, decay } = factors;
      step("adamStep", value.length, {
        value: value.byteOffset,
        gradient: gradient.byteOffset,
        first: first.byteOffset,
        second: second.byteOffset,
        rate: firstRate,
        beta1,
        beta2,
        rest1: 1 - beta1,
        rest2: 1 - beta2,
        epsilon,
        secondScale,
        decay,
      });
    },
  };
}
