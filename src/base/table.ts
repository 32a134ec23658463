import { printable } from "./printable.js";

export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align: "left" | "right";
}

/** Printable cells in columns padded to their widest cell, two spaces between, titles above; no space at the end of a line. */
export function renderTable(given: readonly Column[], texts: readonly (readonly string[])[]): string {
  const columns = given.map(({ title, align }) => ({ title: printable(title), align }));
  const rows = texts.map((row) => row.map(printable));
  const widths = columns.map(({ title }, c) => Math.max(title.length, ...rows.map((row) => row[c].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => (columns[c].align === "left" ? cell.padEnd(widths[c]) : cell.padStart(widths[c])))
      .join("  ")
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map(line).join("\n");
}

/** 1234567 as "1 234 567". */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, " ");
}

export function indent(text: string, spaces = 2): string {
  return text.replace(/^(?=.)/gm, " ".repeat(spaces));
}
