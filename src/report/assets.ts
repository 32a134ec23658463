import { readFileSync } from "node:fs";

/** The page's stylesheet and scripts: files beside this one, so that editors and linters see what they are. */
export function readAsset(name: "page.css" | "boundary.browser.js"): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}
