import { UserError } from "../../base/errors.js";
import { Random } from "../../base/random.js";
import { Tensor } from "../../base/tensor.js";
import type { Dataset } from "./dataset.js";

export interface ShapeOptions {
  /** 0..2³²−1; the same seed gives the same points. */
  readonly seed: number;
  /** Standard deviation of what is added to each coordinate. */
  readonly noise?: number;
}

/** Points of the plane [samples, 2] in two classes that no line separates; classes take turns, half of each. */
function shape(
  samples: number,
  { seed, noise = 0 }: ShapeOptions,
  point: (label: number, random: Random) => readonly [number, number],
): Dataset {
  if (!Number.isInteger(samples) || samples < 2) {
    throw new UserError(`samples must be an integer above 1, found ${samples}`);
  }
  const random = new Random(seed);
  const inputs = Tensor.zeros([samples, 2], "float32");
  const targets = Uint8Array.from({ length: samples }, (_, b) => b % 2);
  targets.forEach((label, b) => {
    const place = point(label, random);
    inputs.data.set(
      place.map((coordinate) => coordinate + noise * random.normal()),
      2 * b,
    );
  });
  return { inputs, targets };
}

/** A disc of radius ½ (class 0) in a ring of radii ¾ to 1 (class 1). */
export function rings(samples: number, options: ShapeOptions): Dataset {
  return shape(samples, options, (label, random) => {
    const angle = 2 * Math.PI * random.uniform();
    const radius = label === 0 ? 0.5 * Math.sqrt(random.uniform()) : 0.75 + 0.25 * random.uniform();
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

/** Two half circles of radius ½, each reaching into the other. */
export function moons(samples: number, options: ShapeOptions): Dataset {
  return shape(samples, options, (label, random) => {
    const angle = Math.PI * random.uniform();
    const [x, y] = [0.5 * Math.cos(angle), 0.5 * Math.sin(angle)];
    return label === 0 ? [x - 0.25, y - 0.125] : [0.25 - x, 0.125 - y];
  });
}

/** Two spirals that turn once and a half around each other. */
export function spirals(samples: number, options: ShapeOptions): Dataset {
  return shape(samples, options, (label, random) => {
    const way = Math.sqrt(random.uniform()); // as many points on each piece of the curve
    const angle = 3 * Math.PI * way + label * Math.PI;
    return [way * Math.cos(angle), way * Math.sin(angle)];
  });
}
