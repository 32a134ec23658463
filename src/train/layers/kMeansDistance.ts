import { UserError } from "../../base/errors.js";
import type { Fields } from "../../base/fields.js";
import type { Random } from "../../base/random.js";
import { elementCount, type FloatArray, type Shape, Tensor } from "../../base/tensor.js";
import { expectSquaresFit } from "../../network/squaredSteps.js";
import { kMeans, nearestCentroid } from "../ops/kMeans.js";
import { defineLayer, type LayerOptions, type LayerSpec, onlyShape } from "./graph.js";
import type { LayerBase, LayerSetting, Parameter, RebuildContext, Statistic } from "./layer.js";

/** As many clusters as a file may name. */
const mostClusters = 2 ** 16;

/**
 * How far features are from the nearest of the centroids of what is normal.
 *
 *   input      [batch, …], n values of a sample
 *   centroids  [clusters, n], statistics of the normal training samples
 *   output     [batch, 1] = min over c of Σ (input − centroid c)²
 *
 * In integers centroids are int8 of the input's scale s and zero point, and the output is an int32 of scale s²: nothing
 * but the centroids is rounded.
 */
export class KMeansDistance implements LayerBase {
  readonly kind = "kMeansDistance";
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape = [1];
  readonly parameters: readonly Parameter[] = [];
  readonly statistics: readonly Statistic[];
  readonly macs: number;

  constructor(
    readonly name: string,
    inputShape: Shape,
    readonly clusters: number,
    readonly centroids: Statistic,
  ) {
    const size = elementCount(inputShape);
    expectSquaresFit(name, size);
    this.inputShapes = [inputShape];
    this.statistics = [centroids];
    this.macs = clusters * size;
  }

  /**
   * Takes the centroids of samples' features.
   *
   * @throws UserError where there are fewer samples than clusters
   */
  fit(samples: readonly FloatArray[], random: Random): void {
    if (samples.length < this.clusters) {
      throw new UserError(
        `layer "${this.name}" finds ${this.clusters} clusters, the training data has ${samples.length} normal samples`,
        "ask for fewer clusters",
      );
    }
    this.centroids.value.data.set(kMeans(samples, this.clusters, random));
  }

  forward([input]: readonly Tensor[], output: Tensor): void {
    const { data } = this.centroids.value;
    const size = data.length / this.clusters;
    for (let b = 0; b < output.data.length; b++) {
      output.data[b] = nearestCentroid(data, input.data.subarray(b * size, (b + 1) * size)).distance;
    }
  }

  backward(
    [input]: readonly Tensor[],
    _output: Tensor,
    outputGradient: Tensor,
    [inputGradient]: readonly (Tensor | undefined)[],
  ): void {
    if (inputGradient === undefined) return;
    const { data } = this.centroids.value;
    const size = data.length / this.clusters;
    for (let b = 0; b < outputGradient.data.length; b++) {
      const sample = input.data.subarray(b * size, (b + 1) * size);
      const { cluster } = nearestCentroid(data, sample);
      for (let i = 0; i < size; i++) {
        inputGradient.data[b * size + i] =
          2 * outputGradient.data[b] * (sample[i] - data[cluster * size + i]);
      }
    }
  }

  settings(): Readonly<Record<string, LayerSetting>> {
    return { clusters: this.clusters };
  }
}

export interface KMeansDistanceOptions extends LayerOptions {
  /** Centroids that stand for what is normal. 1 … 65536. */
  readonly clusters: number;
}

/**
 * The squared distance to the nearest of `clusters` centroids, which are those of the normal training samples (class 0):
 * it closes a network of features that are not trained, `[standardize(), kMeansDistance({ clusters: 8 })]`.
 *
 * Source: Lloyd 1982, IEEE Trans. Inf. Theory 28(2); first centroids, Arthur and Vassilvitskii 2007, "k-means++".
 *
 * @throws UserError where clusters are out of range
 */
export function kMeansDistance({ clusters, ...options }: KMeansDistanceOptions): LayerSpec<KMeansDistance> {
  if (!Number.isInteger(clusters) || clusters < 1 || clusters > mostClusters) {
    throw new UserError(`kMeansDistance: clusters must be an integer 1..${mostClusters}, found ${clusters}`);
  }
  return defineLayer("kMeansDistance", options, ({ name, inputShapes, dtype }) => {
    const shape = onlyShape(inputShapes);
    const value = Tensor.zeros([clusters, elementCount(shape)], dtype);
    return new KMeansDistance(name, shape, clusters, { name: "centroids", value });
  });
}

/** Rebuilds a layer from its {@link KMeansDistance.settings}. */
export function readKMeansDistance(
  settings: Fields,
  { name, inputShapes, parameter }: RebuildContext,
): KMeansDistance {
  const shape = onlyShape(inputShapes);
  const clusters = settings.integer("clusters", 1, mostClusters);
  const value = parameter("centroids", [clusters, elementCount(shape)]);
  return new KMeansDistance(name, shape, clusters, { name: "centroids", value });
}
