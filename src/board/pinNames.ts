/** The number that the firmware has for a pin: 16 · port + number, with port A = 0. PC13 is 45. */
export function parsePin(name: string): number | undefined {
  const [, port, number] = /^P([A-I])(\d|1[0-5])$/.exec(name) ?? [];
  return port === undefined ? undefined : 16 * (port.charCodeAt(0) - 65) + Number(number);
}

/** 45 → "PC13" */
export function pinName(pin: number): string {
  return `P${String.fromCharCode(65 + (pin >> 4))}${pin & 15}`;
}

/** "PA0-3" → [0, 1, 2, 3]; a single name is a range of one. */
export function pinRange(range: string): number[] {
  const [, first, last] = /^(P[A-I]\d+)(?:-(\d+))?$/.exec(range) ?? [];
  const start = first === undefined ? undefined : parsePin(first);
  if (start === undefined) throw new Error(`"${range}" is no range of pins such as PA0-15`);
  const end = last === undefined ? start : (start & ~15) + Number(last);
  return Array.from({ length: end - start + 1 }, (_, i) => start + i);
}
