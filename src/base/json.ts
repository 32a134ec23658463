import { printableJson } from "./printable.js";

/** What JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

/** JSON for readers: two spaces a level, arrays of plain values on one line, printable, a newline at the end. */
export function formatJson(value: JsonValue): string {
  return printableJson(`${format(value, "")}\n`);
}

function format(value: JsonValue, indent: string): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`JSON has no ${value}`);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  if (isArray(value)) {
    const items = value.map((item) => format(item, deeper));
    const isPlain = value.every((item) => typeof item !== "object" || item === null);
    return isPlain ? `[${items.join(", ")}]` : enclose("[", items, "]", indent);
  }
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${JSON.stringify(name)}: ${format(field as JsonValue, deeper)}`);
  return fields.length === 0 ? "{}" : enclose("{", fields, "}", indent);
}

function enclose(open: string, items: readonly string[], close: string, indent: string): string {
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(",\n")}\n${indent}${close}`;
}

/** Array.isArray does not narrow readonly arrays. */
function isArray(value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] {
  return Array.isArray(value);
}
