// kernels import ./simd.js: here it is the product's
export * from "../../../src/kernels/simd.js";
