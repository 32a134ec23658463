/** Where TensorFlow Lite's table is one more than the nearest value. */
const oneMore: ReadonlySet<number> = new Set([
  4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44, 45,
  46, 49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255,
]);

/**
 * sigmoid(i / 24) in 0.16 bits, less 2^15: int16 [256].
 *
 * Source: TensorFlow Lite kernels/internal/common.h sigmoid_table_uint16.
 */
export function sigmoidTable(): Int16Array {
  return Int16Array.from({ length: 256 }, (_, i) => {
    const nearest = Math.floor(2 ** 16 / (1 + Math.exp(-i / 24)) + 0.5);
    return nearest + Number(oneMore.has(i)) - 2 ** 15;
  });
}
