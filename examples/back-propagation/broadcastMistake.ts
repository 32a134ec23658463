/**
 * The same network as experiment.ts, as a widely copied program computes it. It writes the hidden error as a row where
 * the hidden values are a column, so that the product of the two becomes a 2 × 2 matrix without a word, and adds the
 * same row to both rows of the weights. It converges all the same, which is why nobody notices; only a comparison with
 * central differences tells.
 */

const inputs = [0.35, 0.9];
const target = 0.5;
const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** ½(target − output)² of weights [hidden][input] and [hidden]. */
export function lossOf(first: readonly (readonly number[])[], second: readonly number[]): number {
  const hidden = first.map((row) => sigmoid(row[0] * inputs[0] + row[1] * inputs[1]));
  const output = sigmoid(second[0] * hidden[0] + second[1] * hidden[1]);
  return 0.5 * (target - output) ** 2;
}

/** The program's first weights' "gradient" of its first step, and its loss before each step. */
export function runMistaken(steps: number): { readonly gradient: number[][]; readonly losses: number[] } {
  const first = [
    [0.1, 0.8],
    [0.4, 0.6],
  ];
  const second = [0.3, 0.9];
  const losses: number[] = [];
  let gradient: number[][] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(lossOf(first, second));
    const hidden = first.map((row) => sigmoid(row[0] * inputs[0] + row[1] * inputs[1]));
    const output = sigmoid(second[0] * hidden[0] + second[1] * hidden[1]);
    const delta = (target - output) * output * (1 - output);
    const error = second.map((weight) => delta * weight);
    // [2, 1] times [1, 2]: a matrix, where a column was meant
    const deltas = hidden.map((value) => error.map((part) => part * value * (1 - value)));
    // [1, 2] times [2, 2]: a row, which is then added to each row
    const change = [0, 1].map((j) => inputs[0] * deltas[0][j] + inputs[1] * deltas[1][j]);
    for (let j = 0; j < 2; j++) {
      for (const row of first) row[j] += change[j];
      second[j] += delta * hidden[j];
    }
    if (step === 0) gradient = [change.map((value) => -value), change.map((value) => -value)];
  }
  return { gradient, losses };
}
