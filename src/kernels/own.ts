/**
 * What users' own kernels import, as "pinfer/kernels": the arithmetic of int.ts whose ranges the host can check at each
 * call. What remains there is for kernels whose planners prove more.
 */
export {
  clamp,
  countLeadingZeros,
  type i32,
  max,
  min,
  registers,
  requantize,
  rescale,
  roundingDivide,
  roundingDoublingHighMultiply,
  roundingHalfSum,
  roundingShiftRight,
  saturatingShiftLeft,
  shiftLeft,
  unroll,
} from "./int.js";
