import { escapeMarkdown } from "../base/markdown.js";
import { oneLine } from "../base/printable.js";
import { formatCount, renderTable } from "../base/table.js";
import type { Diff, ValueDiff } from "./diffFacts.js";
import type { Facts } from "./facts.js";

/** As text for a terminal, without a line feed at the end. */
export function renderDiff(diff: Diff): string {
  const { values, layers } = diff;
  const lines = [
    oneLine`old  ${diff.old.path}: ${identify(diff.old)}`,
    oneLine`new  ${diff.new.path}: ${identify(diff.new)}`,
  ];
  const table = renderTable(
    [
      { title: "", align: "left" },
      ...["old", "new", "change"].map((title) => ({ title, align: "right" }) as const),
    ],
    values.map((value) => [value.title, ...cellsOf(value)]),
  );
  const changes = layerRows(diff);
  const shown =
    changes.length === 0
      ? []
      : [
          renderTable(
            ["layer", "", "what"].map((title) => ({ title, align: "left" }) as const),
            changes,
          ),
        ];
  return [lines.join("\n"), table, ...shown, ...(layers === null ? [] : [tellUnchanged(diff)])].join("\n\n");
}

/** As GitHub-flavoured Markdown, for a pull request; whatever files call their layers, it stays in its cell. */
export function renderDiffMarkdown(diff: Diff): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const changes = layerRows(diff);
  return [
    [
      row(["", "old", "new", "change"]),
      "|---|--:|--:|--:|",
      row(["network", code(identify(diff.old)), code(identify(diff.new)), ""]),
      ...diff.values.map((value) => row([value.title, ...cellsOf(value)].map(escapeMarkdown))),
    ].join("\n"),
    ...(changes.length === 0
      ? []
      : [
          [
            row(["layer", "", "what"]),
            "|---|---|---|",
            ...changes.map(([name, how, what]) => row([code(name), how, code(what)])),
          ].join("\n"),
        ]),
    ...(diff.layers === null ? [] : [tellUnchanged(diff)]),
  ].join("\n\n");
}

/** Mentions and numbers of issues are no links in it. */
function code(text: string): string {
  return text === "" ? "" : `<code>${escapeMarkdown(text)}</code>`;
}

/** `"corners" (0123abcd), model` */
function identify({ name, hash, kind }: Facts): string {
  return name === undefined ? kind : `"${name}" (${hash?.slice(0, 8)}), ${kind}`;
}

const missing = "–";

function cellsOf({ old, new: next, change, isShare }: ValueDiff): string[] {
  const format = (value: number) => (isShare ? value.toFixed(4) : formatCount(Math.round(value)));
  const sign = change === null || change === 0 ? "" : change > 0 ? "+" : "−";
  const share = old && change ? ` (${sign}${((100 * Math.abs(change)) / old).toFixed(1)} %)` : "";
  return [
    old === null ? missing : format(old),
    next === null ? missing : format(next),
    change === null ? missing : `${sign}${format(Math.abs(change))}${isShare ? "" : share}`,
  ];
}

/** More changes of layers are counted. */
const mostListed = 50;

function layerRows({ layers }: Diff): string[][] {
  if (layers === null) return [];
  const all = [
    ...layers.added.map(({ name, kind, shape }) => [name, "added", `${kind} ${shape}`]),
    ...layers.removed.map(({ name, kind, shape }) => [name, "removed", `${kind} ${shape}`]),
    ...layers.changed.map(({ name, what }) => [name, "changed", what.join("; ")]),
  ];
  const more = all.length - mostListed;
  return more > 0 ? [...all.slice(0, mostListed), ["", "", `${more} more: --json has all`]] : all;
}

function tellUnchanged({ layers }: Diff): string {
  const { added, removed, changed, unchanged } = layers!;
  return `layers: ${added.length} added, ${removed.length} removed, ${changed.length} changed, ${unchanged} as they were`;
}
