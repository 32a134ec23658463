/**
 * How a chip names its pins, and which number the firmware has for one: "P" for ports, 16 · port + number with port
 * A = 0, so PC13 is 45; "GP" for numbers alone, GP25 is 25.
 */
export const pinForms = ["P", "GP"] as const;
export type PinForm = (typeof pinForms)[number];

/** 45 for PC13, 25 for GP25. */
export function parsePin(name: string): number | undefined {
  const [, port, number] = /^P([A-I])(\d|1[0-5])$/.exec(name) ?? [];
  if (port !== undefined) return 16 * (port.charCodeAt(0) - 65) + Number(number);
  const [, alone] = /^GP(\d|[12]\d)$/.exec(name) ?? [];
  return alone === undefined ? undefined : Number(alone);
}

/** 45 → "PC13", or 25 → "GP25" */
export function pinName(pin: number, form: PinForm = "P"): string {
  return form === "GP" ? `GP${pin}` : `P${String.fromCharCode(65 + (pin >> 4))}${pin & 15}`;
}

/** "PA0-3" → [0, 1, 2, 3]; a single name is a range of one. */
export function pinRange(range: string, form: PinForm = "P"): number[] {
  const [, first, last] = /^(P[A-I]\d+|GP\d+)(?:-(\d+))?$/.exec(range) ?? [];
  const start = first === undefined || !first.startsWith(form) ? undefined : parsePin(first);
  if (start === undefined) {
    throw new Error(`"${range}" is no range of pins such as ${form === "GP" ? "GP0-15" : "PA0-15"}`);
  }
  const end = last === undefined ? start : (form === "GP" ? 0 : start & ~15) + Number(last);
  return Array.from({ length: end - start + 1 }, (_, i) => start + i);
}
