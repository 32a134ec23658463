import { type Dataset, Random, Tensor } from "pinfer";

export const conditions = ["healthy", "unbalanced", "bearing"] as const;

export type Condition = (typeof conditions)[number];

/** Samples a second, and of a window; axes are radial and axial. */
export const rate = 3200;
export const steps = 512;
const axes = 2;

/** The outer ring's faults for each turn, of a bearing with 9 balls. */
const faultsPerTurn = 3.6;

/**
 * A window of a motor's vibration as an accelerometer of 16 bits gives it. Synthetic: harmonics of a rotor of 23 to 27 turns a second;
 * unbalance makes the first one larger, a bearing's fault adds bursts, impulses through a resonance near 900 Hz at the fault's
 * rate with 1 % of jitter; gravity and noise lie under all.
 *
 * @returns int16 values, [steps, axes]
 */
export function motorVibration(random: Random, condition: Condition): Float32Array {
  const turns = 23 + 4 * random.uniform();
  const load = 0.6 + 0.8 * random.uniform();
  const unbalance = condition === "unbalanced" ? 1.6 + random.uniform() : 0.8 + 0.6 * random.uniform();
  const harmonics = [unbalance, 0.45, 0.2, 0.12].map((size) => ({
    size: 300 * load * size,
    phase: 2 * Math.PI * random.uniform(),
  }));
  const bursts = burstsOf(random, turns, condition === "bearing" ? 220 * (0.7 + 0.6 * random.uniform()) : 0);
  const window = new Float32Array(steps * axes);
  for (let t = 0; t < steps; t++) {
    const rotor = harmonics.reduce(
      (sum, { size, phase }, k) => sum + size * Math.sin((2 * Math.PI * (k + 1) * turns * t) / rate + phase),
      0,
    );
    window[t * axes] = Math.round(rotor + bursts[t]! + 60 * random.normal());
    window[t * axes + 1] = Math.round(4096 + 0.2 * rotor + 0.5 * bursts[t]! + 60 * random.normal());
  }
  return window;
}

/** Decaying oscillations, one for each fault. */
function burstsOf(random: Random, turns: number, size: number): Float32Array {
  const bursts = new Float32Array(steps);
  const every = rate / (faultsPerTurn * turns);
  for (let start = -every * random.uniform(); start < steps; start += every * (1 + 0.01 * random.normal())) {
    const resonance = 900 + 30 * random.normal();
    for (let t = Math.max(0, Math.ceil(start)); t < Math.min(steps, start + 40); t++) {
      const age = (t - start) / rate;
      bursts[t]! += size * Math.exp(-age * 500) * Math.sin(2 * Math.PI * resonance * age);
    }
  }
  return bursts;
}

/** As many windows of each condition. */
export function motorWindows(count: number, seed: number): Dataset {
  const random = new Random(seed);
  const inputs = Tensor.zeros([count, steps, axes], "float32");
  const targets = Int32Array.from({ length: count }, (_, sample) => sample % conditions.length);
  for (const [sample, target] of targets.entries())
    inputs.data.set(motorVibration(random, conditions[target]!), sample * steps * axes);
  return { inputs, targets, classNames: [...conditions] };
}
