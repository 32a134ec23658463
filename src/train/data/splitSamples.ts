import { UserError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import { Tensor } from "../../base/tensor.js";
import { allSamples, type Dataset, sampleCount } from "./dataset.js";
import { doOverlap, shareOutWindows } from "./splitWindows.js";

/** Which samples train, and which judge. */
export interface Split {
  readonly training: Int32Array;
  readonly validation?: { readonly data: Dataset; readonly samples: Int32Array };
}

export function isSplit(value: Dataset | number | Split | undefined): value is Split {
  return typeof value === "object" && "training" in value;
}

/**
 * Holds samples back to judge by, if they are to come from the training data: drawn at random, but windows that overlap
 * so that no row of a recording is in both parts.
 *
 * @throws UserError when a share leaves nothing to one of the two
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
  if (data.windows !== undefined && doOverlap(data.windows)) {
    const classes = data.targets instanceof Tensor ? undefined : data.targets;
    const parts = shareOutWindows(data.windows, { validation }, random, classes);
    return { training: parts.train, validation: { data, samples: parts.validation! } };
  }
  const order = random.permutation(count);
  // Kept in the given order: with shuffle off, what is left is trained in the order the user gave.
  const training = order.slice(held).sort();
  return { training, validation: { data, samples: order.slice(0, held).sort() } };
}
