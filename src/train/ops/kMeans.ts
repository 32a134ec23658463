import type { Random } from "../../base/random.js";
import type { FloatArray } from "../../base/tensor.js";

/** Rounds after which clusters are taken as they are. */
const mostRounds = 100;

/** The cluster whose centroid is nearest, the first of equals, and the squared distance to it. */
export function nearestCentroid(
  centroids: ArrayLike<number>,
  sample: FloatArray,
): { readonly cluster: number; readonly distance: number } {
  const size = sample.length;
  let [cluster, distance] = [0, Number.POSITIVE_INFINITY];
  for (let c = 0; c * size < centroids.length; c++) {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (sample[i] - centroids[c * size + i]) ** 2;
    if (sum < distance) [cluster, distance] = [c, sum];
  }
  return { cluster, distance };
}

/**
 * Centroids of samples: each the mean of the samples that are nearest to it.
 *
 * @param samples as many as clusters or more, of one size
 * @returns [clusters, size]
 * Source: Lloyd 1982, IEEE Trans. Inf. Theory 28(2); first centroids, Arthur and Vassilvitskii 2007, "k-means++".
 */
export function kMeans(samples: readonly FloatArray[], clusters: number, random: Random): Float64Array {
  const size = samples[0].length;
  const centroids = firstCentroids(samples, clusters, random);
  let before: number[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const owners = samples.map((sample) => nearestCentroid(centroids, sample).cluster);
    if (owners.every((owner, index) => owner === before[index])) break;
    before = owners;
    const counts = new Float64Array(clusters);
    for (const owner of owners) counts[owner]++;
    // a cluster that lost all of its samples stays where it was
    for (const [c, count] of counts.entries()) if (count > 0) centroids.fill(0, c * size, (c + 1) * size);
    for (const [index, owner] of owners.entries()) {
      for (let i = 0; i < size; i++) centroids[owner * size + i] += samples[index][i] / counts[owner];
    }
  }
  return centroids;
}

/** Samples, drawn one after the other with the squared distance to those before as weight. */
function firstCentroids(samples: readonly FloatArray[], clusters: number, random: Random): Float64Array {
  const size = samples[0].length;
  const centroids = new Float64Array(clusters * size);
  const distances = new Float64Array(samples.length).fill(1);
  for (let c = 0; c < clusters; c++) {
    const total = distances.reduce((sum, distance) => sum + distance, 0);
    let left = random.uniform() * total;
    // all samples may be centroids already: then any will do
    let chosen = distances.findIndex((distance) => {
      left -= distance;
      return left < 0;
    });
    if (chosen < 0) chosen = c;
    centroids.set(samples[chosen], c * size);
    for (const [index, sample] of samples.entries()) {
      const { distance } = nearestCentroid(samples[chosen], sample);
      distances[index] = c === 0 ? distance : Math.min(distances[index], distance);
    }
  }
  return centroids;
}
