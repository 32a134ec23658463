import { expect, it } from "vitest";
import { escapeHtml, Html, html, scriptJson } from "../../src/report/html.js";

it("escapes what has a meaning in HTML, in text and in attributes", () => {
  expect(escapeHtml(`<a href="x" id='y'>&`)).toBe("&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
});

it("replaces control characters and lone surrogates, and keeps tabs, newlines and emoji", () => {
  expect(escapeHtml("a\u0000b\u001bc\u009fd\ud800e\uffff")).toBe("a\ufffdb\ufffdc\ufffdd\ufffde\ufffd");
  expect(escapeHtml("a\tb\nc 🚦")).toBe("a\tb\nc 🚦");
});

it("escapes every value of a template but HTML itself, in lists too", () => {
  const bold = html`<b title="${'"'}">${"<"}</b>`;
  expect(html`${bold}${[bold, "&"]}${3}${undefined}${false}`.text).toBe(
    '<b title="&quot;">&lt;</b><b title="&quot;">&lt;</b>&amp;3',
  );
  expect(html`${new Html("<hr>")}`.text).toBe("<hr>");
});

it("prints JSON that cannot end its script element and reads back the same", () => {
  const value = { name: "</script><!--<script>", list: [1, "\u2028"] };
  const { text } = scriptJson(value);
  expect(text).not.toContain("<");
  expect(JSON.parse(text)).toEqual(value);
});
