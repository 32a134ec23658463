import { UserError } from "../errors.js";
import type { Random } from "../random.js";
import { type Dataset, sampleCount } from "./dataset.js";
import { allSamples } from "./evaluate.js";

/** Which samples are trained on, and which are judged by. */
export interface Split {
  readonly training: Int32Array;
  readonly validation?: { readonly data: Dataset; readonly samples: Int32Array };
}

/**
 * Splits samples for a training.
 *
 * @param validation samples of their own, or the share of the training samples, drawn at random, to hold back
 * @throws UserError when the share leaves nothing on one side
 */
export function splitSamples(data: Dataset, validation: Dataset | number | undefined, random: Random): Split {
  if (validation === undefined) return { training: allSamples(data) };
  if (typeof validation !== "number") {
    return { training: allSamples(data), validation: { data: validation, samples: allSamples(validation) } };
  }
  const count = sampleCount(data);
  const held = Math.round(count * validation);
  if (!(validation > 0 && validation < 1) || held === 0 || held === count) {
    throw new UserError(
      `validation must hold back some of the ${count} training samples and leave some, found ${validation}`,
      "give a share such as 0.1, or a data set of its own",
    );
  }
  const order = random.permutation(count);
  // Kept in the given order: with shuffle off, what is left is trained in the order the user gave.
  const training = order.slice(held).sort();
  return { training, validation: { data, samples: order.slice(0, held).sort() } };
}
