/*
 * The hot loops of training for float32, compiled to WebAssembly with SIMD. Each is the twin of a function in
 * src/train/ops and gives its bits. All take the same three arguments: a range of independent outputs, which threads
 * share out among themselves, and the address of what to do.
 */
export { channelProduct } from "./channelProduct";
export { addColumnSums, reluBackward, reluForward } from "./elementwise";
export { adamStep, momentumStep, nesterovStep, sgdStep } from "./optimizers";
export { packPanels, padImages, transpose } from "./pack";
export { product } from "./product";
export { countNonZeros, setScratch, sparseProduct, sparseWeightGradient } from "./sparse";
