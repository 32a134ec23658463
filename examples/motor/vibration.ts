import { type Dataset, Random, Tensor } from "pinfer";

/** What runs, and what may be wrong with it. Class 0 is normal, class 1 is not. */
export type Fault = "none" | "bearing" | "looseness" | "imbalance";

const samplesPerSecond = 1600;
export const windowSamples = 64;

/** Of a rotation of about 50 Hz and its multiples, in counts of a 16-bit accelerometer. */
const amplitudes = [1000, 400, 200];
const noise = 40;

/**
 * A motor's vibration, made up by a formula and a seed, not measured: a shaft's turn and its multiples with speed, load
 * and phase that vary, and noise. A bearing's fault rings after blows that come 3.57 times a turn, a loose foot adds half
 * the turn's frequency, and an imbalance makes the turn itself stronger.
 */
function createWindow(random: Random, fault: Fault): number[] {
  const turn = 50 * (1 + 0.02 * (random.uniform() - 0.5));
  const load = 0.8 + 0.4 * random.uniform();
  const start = random.uniform();
  const waves = amplitudes.map((amplitude, k) => {
    const stronger = fault === "imbalance" && k === 0 ? 1.8 : 1;
    return { amplitude: amplitude * load * stronger, multiple: k + 1, phase: start * (k + 1) + 0.2 * k };
  });
  if (fault === "looseness") waves.push({ amplitude: 250, multiple: 0.5, phase: random.uniform() });
  const blows = 3.57 * turn;
  const firstBlow = random.uniform() / blows;
  return Array.from({ length: windowSamples }, (_, i) => {
    const time = i / samplesPerSecond;
    const sinceBlow = (time + firstBlow) % (1 / blows);
    const ring =
      fault === "bearing" ? Math.exp(-sinceBlow * 600) * Math.sin(2 * Math.PI * 520 * sinceBlow) : 0;
    const sum = waves.reduce(
      (value, { amplitude, multiple, phase }) =>
        value + amplitude * Math.sin(2 * Math.PI * (turn * multiple * time + phase)),
      0,
    );
    return Math.round(sum + 400 * ring + noise * random.normal());
  });
}

/** Windows [count, 64, 1] of one fault after the other, by a seed. */
export function vibration(seed: number, counts: Partial<Record<Fault, number>>): Dataset {
  const random = new Random(seed);
  const faults = Object.entries(counts).flatMap(([fault, count]) =>
    new Array<Fault>(count).fill(fault as Fault),
  );
  const values = faults.flatMap((fault) => createWindow(random, fault));
  return {
    inputs: new Tensor([faults.length, windowSamples, 1], Float32Array.from(values)),
    targets: Uint8Array.from(faults, (fault) => Number(fault !== "none")),
    classNames: ["normal", "anomaly"],
  };
}
