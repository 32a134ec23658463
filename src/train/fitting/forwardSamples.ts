import { elementCount, Tensor } from "../../base/tensor.js";
import { openEngine } from "../engine/openEngine.js";
import type { Network } from "../network/network.js";
import { Pass } from "../network/pass.js";

/** Large enough to amortise a call, small enough for the second-level cache. */
const batchSize = 128;

/**
 * Runs a network over samples batch by batch, on the fastest engine there is; the bits are {@link Network.forward}'s.
 *
 * @param samples [samples, ...network.inputShape]
 * @param visit takes the input's and every layer's values of a batch, which hold until it returns
 */
export function forEachBatch(
  network: Network,
  samples: Tensor,
  visit: (activations: readonly Tensor[]) => void,
): void {
  const { inputShape, dtype } = network;
  const sampleSize = elementCount(inputShape);
  const count = samples.shape[0];
  const engine = openEngine(dtype, { useThreads: false });
  try {
    engine.take(network.parameters());
    let pass: Pass | undefined;
    let input: Tensor | undefined;
    for (let start = 0; start < count; start += batchSize) {
      const size = Math.min(batchSize, count - start);
      if (input?.shape[0] !== size || pass === undefined) {
        input = new Tensor([size, ...inputShape], engine.createFloats(dtype, size * sampleSize));
        pass = new Pass(network, size, { engine });
      }
      input.data.set(samples.data.subarray(start * sampleSize, (start + size) * sampleSize));
      pass.forward(input);
      visit([input, ...pass.outputs]);
    }
  } finally {
    engine.close();
  }
}

/**
 * A network's outputs for any number of samples.
 *
 * @param samples [samples, ...network.inputShape]
 * @returns [samples, ...network.outputShape]
 */
export function forwardSamples(network: Network, samples: Tensor): Tensor {
  const outputs = Tensor.zeros([samples.shape[0], ...network.outputShape], network.dtype);
  let position = 0;
  forEachBatch(network, samples, (activations) => {
    const { data } = activations[activations.length - 1];
    outputs.data.set(data, position);
    position += data.length;
  });
  return outputs;
}
