// Makes the data of three examples and of the starter project: `node scripts/makeExampleData.mjs`. Seeded: the same
// bytes every time. Plain Node.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "fast-png";
import MersenneTwister from "mersenne-twister";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Sum of twelve uniform numbers less six: normal enough, and the same on every platform. */
function normal(twister) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += twister.random();
  return sum;
}

/** Weight in g, length in mm, and how red a fruit is, 0..1. */
const fruits = {
  apple: [170, 72, 0.7],
  lemon: [95, 85, 0.2],
  plum: [55, 48, 0.55],
};

function makeFruit(folder) {
  const twister = new MersenneTwister(1);
  const lines = ["weight,length,redness,fruit"];
  for (let i = 0; i < 40; i++) {
    for (const [name, [weight, length, redness]] of Object.entries(fruits)) {
      const red = Math.min(1, Math.max(0, redness + 0.1 * normal(twister)));
      const cells = [weight * (1 + 0.15 * normal(twister)), length * (1 + 0.08 * normal(twister))];
      lines.push([...cells.map((cell) => cell.toFixed(1)), red.toFixed(2), name].join(","));
    }
  }
  writeFileSync(join(folder, "fruit.csv"), `${lines.join("\n")}\n`);
}

/** A hand at 25 Hz, in g: what each axis does at time t (s) of a movement. */
const gestures = {
  circle: (t) => [0.6 * wave(t, 1.1), 0.6 * wave(t + 0.25 / 1.1, 1.1), 1],
  rest: () => [0.05, 0, 1],
  shake: (t) => [1.3 * wave(t, 3.1), 0.2 * wave(t, 1.5), 1 + 0.2 * wave(t, 6.2)],
};

/** A sine drawn as two parabolas, so that no platform's Math.sin decides bytes. */
function wave(t, frequency) {
  const turn = (((t * frequency) % 1) + 1) % 1;
  const half = turn < 0.5 ? turn : turn - 0.5;
  return (turn < 0.5 ? 16 : -16) * half * (0.5 - half);
}

function makeGestures(folder) {
  const twister = new MersenneTwister(2);
  for (const [name, accelerate] of Object.entries(gestures)) {
    mkdirSync(join(folder, "recordings", name), { recursive: true });
    for (const take of [1, 2]) {
      const lines = ["x,y,z"];
      const [speed, strength] = [1 + 0.1 * normal(twister), 1 + 0.1 * normal(twister)];
      for (let row = 0; row < 160; row++) {
        const axes = accelerate((row / 25) * speed);
        lines.push(axes.map((g) => (g * strength + 0.06 * normal(twister)).toFixed(2)).join(","));
      }
      writeFileSync(join(folder, "recordings", name, `${name}-${take}.csv`), `${lines.join("\n")}\n`);
    }
  }
}

const size = 12;
/** Which way is "ahead" in rows and columns. */
const ahead = { down: [1, 0], left: [0, -1], right: [0, 1], up: [-1, 0] };

function makeArrows(folder) {
  const twister = new MersenneTwister(3);
  for (const [name, [stepY, stepX]] of Object.entries(ahead)) {
    mkdirSync(join(folder, "images", name), { recursive: true });
    for (let image = 1; image <= 8; image++) {
      const [y, x] = [5.5 + twister.random() - 0.5, 5.5 + twister.random() - 0.5];
      const data = Uint8Array.from({ length: size * size }, (_, pixel) => {
        const [fromY, fromX] = [Math.floor(pixel / size) - y, (pixel % size) - x];
        const along = fromY * stepY + fromX * stepX;
        const across = Math.abs(fromY * stepX - fromX * stepY);
        const isInk = along > 0 ? across < 4 - along : along > -4 && across < 1;
        return Math.max(0, Math.min(255, (isInk ? 40 : 230) + Math.round(8 * normal(twister))));
      });
      const png = encode({ width: size, height: size, data, channels: 1, depth: 8 });
      writeFileSync(join(folder, "images", name, `${image}.png`), png);
    }
  }
}

/** @param folder where examples/ stands */
export function makeExampleData(folder) {
  for (const name of ["fruit", "gestures", "arrows"]) mkdirSync(join(folder, name), { recursive: true });
  for (const made of ["gestures/recordings", "arrows/images"]) {
    rmSync(join(folder, made), { recursive: true, force: true });
  }
  makeFruit(join(folder, "fruit"));
  makeGestures(join(folder, "gestures"));
  makeArrows(join(folder, "arrows"));
}

/** What the motor's sensors measure at most: A and g. */
const motorEnds = [5, 2];

/** A motor's current and vibration at a load of 0..1: neither tells a jam from work by itself. */
const motor = {
  off: () => [0.04, 0.02],
  running: (load) => [1 + 1.6 * load, 0.4 + 0.5 * load],
  jammed: (load) => [1.6 + 3.4 * load, 0.2 + 0.35 * load],
};

/** @param folder where templates/starter/data stands */
export function makeStarterData(folder) {
  const twister = new MersenneTwister(4);
  mkdirSync(folder, { recursive: true });
  for (const [name, measure] of Object.entries(motor)) {
    for (const take of ["01", "02"]) {
      const lines = ["current,vibration"];
      const start = twister.random();
      for (let row = 0; row < 120; row++) {
        const load = 0.5 + 0.5 * wave(start + row / 20, 0.31);
        const [current, vibration] = measure(load);
        const noisy = [
          current * (1 + 0.06 * normal(twister)) + 0.02 * normal(twister),
          vibration * (1 + 0.2 * normal(twister)) + 0.01 * normal(twister),
        ];
        lines.push(noisy.map((value, i) => Math.min(motorEnds[i], Math.max(0, value)).toFixed(3)).join(","));
      }
      writeFileSync(join(folder, `${name}-${take}.csv`), `${lines.join("\n")}\n`);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  makeExampleData(join(root, "examples"));
  makeStarterData(join(root, "templates", "starter", "data"));
}
