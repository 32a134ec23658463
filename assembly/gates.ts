/*
 * sigmoid and tanh of four values, the twins of src/train/ops/gates.ts: each lane is one double's operations in their order.
 */

/** exp(−y) for y of 0 and more. */
function decay(y: v128): v128 {
  const limited = f64x2.min(y, f64x2.splat(708));
  const k = f64x2.floor(f64x2.add(f64x2.mul(limited, f64x2.splat(Math.LOG2E)), f64x2.splat(0.5)));
  const x = f64x2.add(
    f64x2.sub(f64x2.mul(k, f64x2.splat(0.6931471803691238)), limited),
    f64x2.mul(k, f64x2.splat(1.9082149292705877e-10)),
  );
  let sum = f64x2.add(f64x2.mul(f64x2.splat(1.0 / 479001600.0), x), f64x2.splat(1.0 / 39916800.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 3628800.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 362880.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 40320.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 5040.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 720.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 120.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 24.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1.0 / 6.0));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(0.5));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1));
  sum = f64x2.add(f64x2.mul(sum, x), f64x2.splat(1));
  // 2^−k by its exponent's bits
  const whole = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
  return f64x2.mul(sum, i64x2.shl(i64x2.sub(i64x2.splat(1023), whole), 52));
}

function sigmoid2(x: v128): v128 {
  const one = f64x2.splat(1);
  const small = decay(f64x2.abs(x));
  const above = v128.bitselect(one, small, f64x2.ge(x, f64x2.splat(0)));
  return f64x2.div(above, f64x2.add(one, small));
}

function tanh2(x: v128): v128 {
  const one = f64x2.splat(1);
  const small = decay(f64x2.mul(f64x2.splat(2), f64x2.abs(x)));
  const magnitude = f64x2.div(f64x2.sub(one, small), f64x2.add(one, small));
  return v128.bitselect(f64x2.neg(magnitude), magnitude, f64x2.lt(x, f64x2.splat(0)));
}

/** Two doubles and two more as four floats. */
function joined(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** 1 / (1 + exp(−x)), rounded once. */
export function sigmoid4(x: v128): v128 {
  const upper = v128.shuffle<i64>(x, x, 1, 1);
  return joined(sigmoid2(f64x2.promote_low_f32x4(x)), sigmoid2(f64x2.promote_low_f32x4(upper)));
}

/** tanh(x), rounded once. */
export function tanh4(x: v128): v128 {
  const upper = v128.shuffle<i64>(x, x, 1, 1);
  return joined(tanh2(f64x2.promote_low_f32x4(x)), tanh2(f64x2.promote_low_f32x4(upper)));
}
