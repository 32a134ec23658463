import { type i32, max, min } from "./int.js";

export interface Precedence {
  readonly size: i32;
  readonly three: i32;
  readonly negative: i32;
  readonly lowest: i32;
}

/** C groups as TypeScript does, and gcc sees the parentheses that it wants. */
export function precedence(layer: Precedence, input: Int8Array, output: Int8Array): void {
  const a: i32 = input[0];
  const b: i32 = input[1];
  const c: i32 = input[2];
  output[0] = a - (b - c);
  output[1] = a - b - c;
  output[2] = (a + b) * c;
  output[3] = a + b * c;
  output[4] = (a + b) >> 2;
  output[5] = a + (b >> 2);
  output[6] = (a & b) + c;
  output[7] = a & (b + c);
  output[8] = a | (b & c);
  output[9] = (a ^ b) & (b | c);
  output[10] = a - -1;
  output[11] = a - -b;
  output[12] = -(a - b);
  output[13] = a < b ? (b < c ? 1 : 2) : c < a ? 3 : 4;
  output[14] = (a < b ? a : b) + c;
  output[15] = (a < 0 && b < 0) || c < 0 ? 1 : 0;
  output[16] = a < 0 && (b < 0 || c < 0) ? 1 : 0;
  output[17] = !(a < b) ? 1 : 0;
  output[18] = a * layer.negative;
  output[19] = a + layer.negative;
  output[20] = a - layer.negative;
  output[21] = max(a, layer.lowest) + (a === -2147483648 ? 1 : 0);
  output[22] = min(layer.lowest + 1, -1) >> 31;
  output[23] = (a & layer.three) === 1 ? 5 : 6;
  output[24] = a * (b * c);
  output[25] = (a >> 1) >> 1;
  output[26] = a + (b + c);
  output[27] = -(-a);
  output[28] = (a & 0xf) * 1_0 + 1e1;
  output[29] = a >> (layer.three - 1);
}
