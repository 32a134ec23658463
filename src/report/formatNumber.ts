/** A number for readers: up to `digits` significant digits, small and large ones with a power of ten. */
export function formatNumber(value: number, digits = 4): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude < 1e-3 || magnitude >= 1e6) {
    const [mantissa, exponent] = value.toExponential(Math.min(digits - 1, 2)).split("e");
    return minus(`${Number(mantissa)}e${Number(exponent)}`);
  }
  return minus(String(Number(value.toPrecision(digits))));
}

/** "12 345" with narrow spaces. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

export function formatPercent(share: number, digits = 1): string {
  return minus(`${(100 * share).toFixed(digits)}\u202f%`);
}

/** Hyphens in front of numbers as minus signs, which are as wide as digits. */
function minus(text: string): string {
  return text.replace(/-/g, "\u2212");
}
