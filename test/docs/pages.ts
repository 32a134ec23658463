import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../src/base/packageRoot.js";

/** Pages for readers, relative to the repository. */
export const pages: readonly string[] = [
  ...[
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "DESIGN.md",
    "examples/README.md",
    "firmware/PROTOCOL.md",
  ],
  ...readdirSync(join(packageRoot, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export const readPage = (page: string): string => readFileSync(join(packageRoot, page), "utf8");

export interface Block {
  /** "ts src/kernels/add.ts" */
  readonly title: string;
  readonly text: string;
}

/** Fenced blocks of a page. */
export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, title, body]) => ({ title, text: body }));
}

/** The first fenced block of a language. */
export function blockOf(text: string, language: string): string {
  const found = blocksOf(text).find(({ title }) => title.split(" ")[0] === language);
  if (found === undefined) throw new Error(`no ${language} block there`);
  return found.text;
}
