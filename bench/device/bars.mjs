/**
 * What each network costs elsewhere, and what it may cost here. The first three are TensorFlow Lite Micro's and
 * CMSIS-NN's figures on the same emulated Cortex-M4F, the best of -O2 and -O3 and of interpreter and direct calls
 * (flash at -O2 without an empty image: direct calls of CMSIS-NN / TensorFlow Lite Micro with its int8 kernels only; RAM
 * of arena and scratch in the same order). The others are this project's own limits.
 */
export const bars = {
  kws: {
    others: { instructions: 7669323, flash: [46860, 107092], ram: [16000, 22820] },
    speedInstructions: 9000000,
    sizeFlash: 40000,
    ramBytes: 16000,
  },
  ic: {
    others: { instructions: 29625593, flash: [100240, 149424], ram: [49728, 54996] },
    speedInstructions: 36000000,
    sizeFlash: 94000,
    ramBytes: 49800,
  },
  vww: {
    others: { instructions: 24029868, flash: [262452, 386444], ram: [55296, 100708] },
    speedInstructions: 16000000,
    sizeFlash: 160000,
    ramBytes: 55300,
  },
  ad: {
    others: { instructions: 578739, flash: [275240, 303820], ram: [768, 2580] },
    speedInstructions: 720000,
    sizeFlash: 271000,
    ramBytes: 900,
  },
  sww: {
    others: { instructions: 2222263, flash: [69684, 125140], ram: [7936, 16596] },
    speedInstructions: 2700000,
    sizeFlash: 64000,
    ramBytes: 7900,
  },
};
