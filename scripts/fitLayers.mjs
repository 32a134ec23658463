// Layers of many shapes, each a network of its own: what scripts/fitCosts.mjs measures.

/** Of a convolution, about: so that emulators do not take long. */
const mostProducts = 150_000;

/** Seeded: the same layers in every run. */
function randomOf(seed) {
  let state = seed * 2654435761 + 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
  next();
  return { pick: (list) => list[Math.floor(next() * list.length)], next };
}

const tensor = (name, shape, zeroPoint) => ({
  ...{ name, shape, elementType: "int8" },
  quantization: { scale: 1, zeroPoint },
});

function network(seed, about, layer, input, output, outputZeroPoint, inputs = [0]) {
  return {
    ...{ seed, about, name: "one" },
    tensors: [
      ...inputs.map((i) => tensor(`input ${i}`, input, -3)),
      tensor("output", output, outputZeroPoint),
    ],
    inputs: [{ name: "input", tensor: 0, border: "int8" }],
    outputs: [{ name: "output", tensor: inputs.length, border: "int8" }],
    states: [],
    layers: [{ name: about, inputs, output: inputs.length, ...layer }],
  };
}

/** Small weights, so that two channels' sums fit into one. */
const weightsOf = (random, count, taps) => {
  const most = Math.max(1, Math.min(127, Math.floor(2 ** 22 / 128 / taps)));
  return Int8Array.from({ length: count }, () => Math.round((random.next() * 2 - 1) * most));
};

function common(random, outputs, taps, count) {
  const isRectified = random.next() < 0.6;
  return {
    outputZeroPoint: isRectified ? -128 : 5,
    layer: {
      weights: weightsOf(random, count, taps),
      weightScales: Array.from({ length: outputs }, (_, o) => Math.fround(0.0007 + (o % 7) * 0.0001)),
      bias: Int32Array.from({ length: outputs }, (_, o) => 37 * o - 99),
      ...{ activationMin: -128, activationMax: 127 },
    },
  };
}

function windowOf(size, kernelSize, strides, isPadded) {
  const out = size.map((n, i) =>
    isPadded ? Math.ceil(n / strides[i]) : Math.floor((n - kernelSize[i]) / strides[i]) + 1,
  );
  const total = size.map((n, i) =>
    isPadded ? Math.max(0, (out[i] - 1) * strides[i] + kernelSize[i] - n) : 0,
  );
  const padding = {
    ...{ top: total[0] >> 1, bottom: total[0] - (total[0] >> 1) },
    ...{ left: total[1] >> 1, right: total[1] - (total[1] >> 1) },
  };
  return { out, window: { kernelSize, strides, dilations: [1, 1], padding } };
}

function convolution(seed) {
  const random = randomOf(seed);
  const kernelSize = random.pick([
    [1, 1],
    [1, 1],
    [1, 1],
    [3, 3],
    [3, 3],
    [3, 3],
    [3, 3],
    [2, 2],
    [5, 5],
    [3, 1],
    [5, 1],
    [1, 4],
    [10, 4],
    [7, 3],
  ]);
  const taps = kernelSize[0] * kernelSize[1];
  const channels = random.pick(
    taps === 1
      ? [4, 8, 12, 16, 24, 32, 48, 64, 96, 128]
      : taps > 20
        ? [1, 3, 4, 8]
        : [1, 2, 3, 4, 8, 16, 24, 32, 64],
  );
  const largest = channels * taps > 200 ? 6 : 12;
  const size = [0, 1].map((i) =>
    Math.max(kernelSize[i], Math.min(largest, random.pick([3, 4, 5, 6, 7, 8, 10, 12]))),
  );
  const strides =
    taps === 1
      ? [1, 1]
      : random.pick([
          [1, 1],
          [1, 1],
          [2, 2],
        ]);
  const some = random.pick([1, 2, 3, 4, 6, 8, 8, 12, 16, 16, 24, 32, 48, 64]);
  const most = Math.floor(mostProducts / (size[0] * size[1] * channels * taps));
  const outputs = Math.max(1, some > 4 ? Math.max(4, Math.min(some, most)) : some);
  const { out, window } = windowOf(size, kernelSize, strides, random.next() < 0.6);
  const { layer, outputZeroPoint } = common(random, outputs, channels * taps, outputs * channels * taps);
  const about = `convolution ${kernelSize.join("x")} on ${size.join("x")}x${channels} to ${outputs}, by ${strides[0]}`;
  return network(
    seed,
    about,
    { kind: "convolution", ...layer, ...window },
    [...size, channels],
    [...out, outputs],
    outputZeroPoint,
  );
}

function depthwise(seed) {
  const random = randomOf(seed);
  const kernelSize = random.pick([
    [3, 3],
    [3, 3],
    [3, 3],
    [3, 3],
    [5, 5],
    [2, 2],
    [3, 1],
    [5, 1],
    [10, 1],
    [1, 7],
    [4, 3],
    [10, 8],
  ]);
  const channels = random.pick([1, 4, 6, 8, 16, 24]);
  const size = [0, 1].map((i) => Math.max(kernelSize[i], random.pick([1, 3, 5, 6, 7, 10, 12, 13, 20, 24])));
  const strides = random.pick([
    [1, 1],
    [1, 1],
    [2, 2],
  ]);
  const multiplier = random.next() < 0.1 ? 2 : 1;
  const { out, window } = windowOf(size, kernelSize, strides, random.next() < 0.7);
  const taps = kernelSize[0] * kernelSize[1];
  const { layer, outputZeroPoint } = common(
    random,
    channels * multiplier,
    taps,
    channels * multiplier * taps,
  );
  const about = `depthwise ${kernelSize.join("x")} on ${size.join("x")}x${channels} to ${channels * multiplier}, by ${strides[0]}`;
  return network(
    seed,
    about,
    { kind: "depthwiseConvolution", ...layer, ...window },
    [...size, channels],
    [...out, channels * multiplier],
    outputZeroPoint,
  );
}

function dense(seed) {
  const random = randomOf(seed);
  const inputs = random.pick([2, 3, 8, 10, 16, 25, 32, 64, 64, 90, 128, 128, 200, 256, 392, 640]);
  const outputs = random.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 20, 32, 64, 128]);
  const { layer, outputZeroPoint } = common(random, outputs, inputs, outputs * inputs);
  const scales = random.next() < 0.6 ? [0.001] : layer.weightScales;
  const about = `dense ${inputs} to ${outputs}`;
  return network(
    seed,
    about,
    { kind: "fullyConnected", ...layer, weightScales: scales },
    [inputs],
    [outputs],
    outputZeroPoint,
  );
}

function addition(seed) {
  const random = randomOf(seed);
  const size = random.pick([4, 50, 400, 1024]);
  const layer = { kind: "add", activationMin: -128, activationMax: 127 };
  return network(seed, `add ${size}`, layer, [size], [size], 5, [0, 1]);
}

/** @returns networks of one layer; `seed` and `about` are for who measures them */
export function layersToMeasure(count) {
  const kinds = [convolution, convolution, convolution, depthwise, depthwise, dense];
  const layers = Array.from({ length: count }, (_, i) => kinds[i % kinds.length](i + 1));
  return [...layers, ...[1, 2, 3, 4].map((i) => addition(count + i))];
}
