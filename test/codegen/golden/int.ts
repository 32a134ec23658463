// kernels import ./int.js: here it is the product's
export * from "../../../src/kernels/int.js";
