import MersenneTwister from "mersenne-twister";

/**
 * A random forest of trees that vote with the shares of classes in their leaves (Breiman 2001): each tree of a sample drawn
 * with repetition, each split the best of some features by Gini's impurity, halfway between two values.
 *
 * @param samples [{ values, label }]
 * @returns trees as test/import/onnx/treeModels.ts draws them
 */
export function growForest(samples, { classes, trees, depth, seed }) {
  const twister = new MersenneTwister(seed);
  const draw = (count) => Math.floor(twister.random() * count);
  const features = samples[0].values.length;
  const tried = Math.max(1, Math.round(Math.sqrt(features)));

  const countsOf = (some) => {
    const counts = new Array(classes).fill(0);
    for (const { label } of some) counts[label]++;
    return counts;
  };
  const impurity = (some) =>
    some.length - countsOf(some).reduce((sum, count) => sum + count ** 2, 0) / some.length;
  const leaf = (some) => ({
    scores: Object.fromEntries(countsOf(some).map((count, label) => [label, count / some.length / trees])),
  });

  const split = (some, feature) => {
    const values = [...new Set(some.map((sample) => sample.values[feature]))].sort((a, b) => a - b);
    return values.slice(1).map((value, k) => {
      const threshold = Math.fround((values[k] + value) / 2);
      const [yes, no] = [
        some.filter((sample) => sample.values[feature] <= threshold),
        some.filter((sample) => sample.values[feature] > threshold),
      ];
      return { feature, threshold, yes, no, worth: impurity(yes) + impurity(no) };
    });
  };
  const grow = (some, left) => {
    if (left === 0 || impurity(some) === 0) return leaf(some);
    const chosen = new Set();
    while (chosen.size < tried) chosen.add(draw(features));
    const [best] = [...chosen].flatMap((feature) => split(some, feature)).sort((a, b) => a.worth - b.worth);
    if (best === undefined) return leaf(some);
    const { feature, threshold, yes, no } = best;
    return { feature, mode: "BRANCH_LEQ", threshold, yes: grow(yes, left - 1), no: grow(no, left - 1) };
  };
  return Array.from({ length: trees }, () =>
    grow(
      samples.map(() => samples[draw(samples.length)]),
      depth,
    ),
  );
}
