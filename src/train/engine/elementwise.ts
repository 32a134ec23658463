import type { FloatArray } from "../../base/tensor.js";
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
  | "leakyReluForward"
  | "leakyReluBackward"
  | "accumulate"
  | "addScaled"
  | "multiply"
  | "sgdStep"
  | "momentumStep"
  | "nesterovStep"
  | "adamStep"
  | "rmsPropStep"
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

  function stepWithVelocity(name: "momentumStep" | "nesterovStep"): Ops[typeof name] {
    return (value, gradient, velocity, rate, momentum) => {
      if (!isHeld(value, gradient, velocity)) {
        fallback[name](value, gradient, velocity, rate, momentum);
        return;
      }
      const arrays = { value: value.byteOffset, gradient: gradient.byteOffset, first: velocity.byteOffset };
      step(name, value.length, { ...arrays, rate, momentum });
    };
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

    leakyReluForward(slope, input, output) {
      if (!isHeld(input, output)) {
        fallback.leakyReluForward(slope, input, output);
        return;
      }
      machine.prepare("Unary", { input: input.byteOffset, output: output.byteOffset, multiplier: slope });
      run("leakyReluForward", output.length);
    },

    leakyReluBackward(slope, input, outputGradient, inputGradient) {
      if (!isHeld(input, outputGradient, inputGradient)) {
        fallback.leakyReluBackward(slope, input, outputGradient, inputGradient);
        return;
      }
      machine.prepare("Unary", {
        input: input.byteOffset,
        outputGradient: outputGradient.byteOffset,
        inputGradient: inputGradient.byteOffset,
        multiplier: slope,
      });
      run("leakyReluBackward", inputGradient.length);
    },

    addScaled(factor, values, sum) {
      if (!isHeld(values, sum)) {
        fallback.addScaled(factor, values, sum);
        return;
      }
      machine.prepare("Unary", { input: values.byteOffset, output: sum.byteOffset, multiplier: factor });
      run("addScaled", sum.length);
    },

    multiply(values, factors, product) {
      if (!isHeld(values, factors, product)) {
        fallback.multiply(values, factors, product);
        return;
      }
      machine.prepare("Unary", {
        input: factors.byteOffset,
        output: values.byteOffset,
        outputGradient: product.byteOffset,
      });
      run("multiply", product.length);
    },

    sgdStep(value, gradient, rate) {
      if (!isHeld(value, gradient)) {
        fallback.sgdStep(value, gradient, rate);
        return;
      }
      step("sgdStep", value.length, { value: value.byteOffset, gradient: gradient.byteOffset, rate });
    },

    momentumStep: stepWithVelocity("momentumStep"),
    nesterovStep: stepWithVelocity("nesterovStep"),

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

    rmsPropStep(value, gradient, second, rate, decay, epsilon) {
      if (!isHeld(value, gradient, second)) {
        fallback.rmsPropStep(value, gradient, second, rate, decay, epsilon);
        return;
      }
      step("rmsPropStep", value.length, {
        value: value.byteOffset,
        gradient: gradient.byteOffset,
        second: second.byteOffset,
        rate,
        beta2: decay,
        rest2: 1 - decay,
        epsilon,
      });
    },
  };
}
