import { createHash } from "node:crypto";
import { readAsset } from "./assets.js";
import { Html, html } from "./html.js";

/** A part of a page under a heading of its own. */
export interface Section {
  readonly title: string;
  /** One or two sentences under the heading: what is seen, and on which data. */
  readonly note?: string | Html | undefined;
  readonly body: Html;
}

export interface PageOptions {
  /** A line above the title: what sort of page it is. */
  readonly kind?: string;
  /** A line under the title. */
  readonly subtitle?: string;
  /** The browser loads the page anew so often, while it is still being written. */
  readonly refreshSeconds?: number;
  /** Run at the end of the page. */
  readonly script?: string;
}

/**
 * One HTML file that needs nothing else: no network, no other file. Its policy lets the browser load nothing and run
 * only the script that is given here, known by its hash.
 */
export function renderPage(title: string, sections: readonly Section[], options: PageOptions = {}): string {
  const { kind, subtitle, script, refreshSeconds } = options;
  const scriptPolicy =
    script === undefined
      ? ""
      : ` script-src 'sha256-${createHash("sha256").update(script).digest("base64")}';`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;${scriptPolicy}">
${refreshSeconds === undefined ? undefined : html`<meta http-equiv="refresh" content="${refreshSeconds}">\n`}<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${new Html(readAsset("page.css"))}</style>
</head>
<body>
<main>
<header>
${kind === undefined ? undefined : html`<p class="kind">${kind}</p>`}
<h1>${title}</h1>
${subtitle === undefined ? undefined : html`<p class="subtitle">${subtitle}</p>`}
</header>
${sections.map(renderSection)}
</main>
${script === undefined ? undefined : html`<script>${new Html(script)}</script>`}
</body>
</html>
`;
  return page.text;
}

function renderSection({ title, note, body }: Section): Html {
  return html`<section>
<h2>${title}</h2>
${note === undefined ? undefined : html`<p class="note">${note}</p>`}
${body}
</section>
`;
}

/** A figure with its heading above it. */
export function renderFigure(title: string, picture: Html, caption?: string): Html {
  return html`<figure>
<h3>${title}</h3>
${picture}
${caption === undefined ? undefined : html`<figcaption>${caption}</figcaption>`}
</figure>
`;
}
