/**
 * What each network costs elsewhere, and what it may cost here. `cmsis` is CMSIS-NN's best build on the same emulated
 * Cortex-M4F: its requantize macro, restrict, the best flags for each file; instructions counted, cycles by the same
 * model. Flash of both is at -O2 without an empty image, of CMSIS-NN by direct calls, of TensorFlow Lite Micro (`tflm`) with its
 * int8 kernels only; RAM is arena and scratch.
 *
 * The limits of `speed` are this project's own. `size` takes no more flash than plain C did before packed arithmetic, and
 * three quarters of the cycles it then took (`cyclesBefore`). `ram` takes no more RAM than speed does.
 */
export const bars = {
  kws: {
    cmsis: { instructions: 7209819, cycles: 8860000, flashBytes: 46860, ramBytes: 16000 },
    tflm: { flashBytes: 107092, ramBytes: 22820 },
    speed: { cycles: 4000000, flashBytes: 37500, ramBytes: 8950 },
    size: { flashBytes: 31340, cyclesBefore: 10764384 },
  },
  ic: {
    cmsis: { instructions: 28374786, cycles: 34700000, flashBytes: 100240, ramBytes: 49728 },
    tflm: { flashBytes: 149424, ramBytes: 54996 },
    speed: { cycles: 13000000, flashBytes: 120000, ramBytes: 40000 },
    size: { flashBytes: 85604, cyclesBefore: 44548636 },
  },
  vww: {
    cmsis: { instructions: 22569314, cycles: 28000000, flashBytes: 262452, ramBytes: 55296 },
    tflm: { flashBytes: 386444, ramBytes: 100708 },
    speed: { cycles: 7600000, flashBytes: 77000, ramBytes: 46500 },
    size: { flashBytes: 48092, cyclesBefore: 20719954 },
  },
  ad: {
    cmsis: { instructions: 570138, cycles: 725000, flashBytes: 275240, ramBytes: 768 },
    tflm: { flashBytes: 303820, ramBytes: 2580 },
    speed: { cycles: 390000, flashBytes: 281500, ramBytes: 900 },
    size: { flashBytes: 269676, cyclesBefore: 1298721 },
  },
  sww: {
    cmsis: { instructions: 2112869, cycles: 2520000, flashBytes: 69684, ramBytes: 7936 },
    tflm: { flashBytes: 125140, ramBytes: 16596 },
    speed: { cycles: 1120000, flashBytes: 65500, ramBytes: 4000 },
    size: { flashBytes: 57892, cyclesBefore: 3508075 },
  },
};

/** What a network may cost in a mode; undefined is no limit. */
export function limitsOf(model, mode, ramOfSpeed) {
  const { speed, size } = bars[model];
  if (mode === "speed") return speed;
  if (mode === "ram") return { ramBytes: ramOfSpeed ?? speed.ramBytes };
  return { flashBytes: size.flashBytes, cycles: Math.floor(0.75 * size.cyclesBefore) };
}
