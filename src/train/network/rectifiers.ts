import type { LayerBase } from "../layers/layer.js";
import type { Layer } from "../layers/layerKinds.js";

/** Which layers of a chain do the work of the ReLUs beside them; all by the number of a layer. */
export interface Rectifiers {
  /** ReLUs whose forward the layer before does. */
  readonly absorbed: ReadonlySet<number>;
  /** And of these the ones whose backward the layer before does, or the layer behind. */
  readonly absorbedBackward: ReadonlySet<number>;
  /** Layers that derive by the ReLU before them. */
  readonly deriving: ReadonlySet<number>;
}

/**
 * Finds ReLUs that need no pass over memory of their own: that of a convolution or a batch normalization whose output
 * nobody else reads is done while the values are at hand. A ReLU at the end stays by itself: its derivative is the
 * caller's.
 *
 * @param layers in order
 * @param connections of each layer: the activations it takes; layer k gives activation k + 1
 */
export function findRectifiers(
  layers: readonly Layer[],
  connections: readonly (readonly number[])[],
): Rectifiers {
  const absorbed = new Set<number>();
  const absorbedBackward = new Set<number>();
  const deriving = new Set<number>();
  const users = (activation: number) =>
    layers.map((_, k) => k).filter((k) => connections[k].includes(activation));
  for (let relu = 1; relu < layers.length - 1; relu++) {
    if (layers[relu].kind !== "relu") continue;
    const [activation] = connections[relu];
    const before = activation > 0 ? abilityOf(layers[activation - 1]) : undefined;
    const isOnlyUser = users(activation).length === 1;
    if (!isOnlyUser || (before !== "output" && before !== "output and its derivative")) continue;
    absorbed.add(relu);
    const [next, ...others] = users(relu + 1);
    if (before === "output and its derivative") {
      absorbedBackward.add(relu);
    } else if (
      next !== undefined &&
      others.length === 0 &&
      abilityOf(layers[next]) === "derivative by input"
    ) {
      absorbedBackward.add(relu);
      deriving.add(next);
    }
  }
  return { absorbed, absorbedBackward, deriving };
}

const abilityOf = ({ rectifies }: LayerBase) => rectifies;
