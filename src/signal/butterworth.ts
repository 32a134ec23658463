const one = 2 ** 30;

/**
 * A Butterworth filter as second-order sections: int32 [order / 2, 5], Q30: b0, b1, b2, −a1, −a2.
 *
 * Each section passes a level of 1 (low pass) or the Nyquist frequency (high pass) as it is, so that no coefficient vanishes and
 * no signal grows on the way; its b are g · [1, ±2, 1] with g = (1 ± a1 + a2) / 4 of the a that were rounded. The
 * flattest section stands first.
 *
 * @param cutoff part of the sample rate where the power is half
 * Source: the bilinear transform with its frequency prewarped; Oppenheim and Schafer, Discrete-Time Signal Processing, §7.1.
 */
export function butterworth(type: "lowPass" | "highPass", order: number, cutoff: number): Int32Array {
  const sign = type === "lowPass" ? 1 : -1;
  const angle = 2 * Math.PI * cutoff;
  const sections = Array.from({ length: order / 2 }, (_, section) => {
    // poles nearest to the real axis first
    const damping = Math.sin((Math.PI * (order - 1 - 2 * section)) / (2 * order));
    const alpha = Math.sin(angle) * damping;
    const a1 = Math.round((one * -2 * Math.cos(angle)) / (1 + alpha));
    const a2 = Math.round((one * (1 - alpha)) / (1 + alpha));
    const gain = Math.round((one + sign * a1 + a2) / 4);
    return [gain, 2 * sign * gain, gain, -a1, -a2];
  });
  return Int32Array.from(sections.flat());
}
