// What cppcheck's MISRA addon finds in exported C, against the record of deviations in docs/misra.md:
//
//   node scripts/misra.mjs firmware/network.c [more.c…]
//
// Exit code 1 for a rule that is not in the record, 2 without files.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("usage: node scripts/misra.mjs <exported .c>…");
  process.exit(2);
}
const record = readFileSync(fileURLToPath(new URL("../docs/misra.md", import.meta.url)), "utf8");
const known = new Set([...record.matchAll(/^\| (\d+\.\d+) \|/gm)].map(([, rule]) => rule));
// one configuration: GNU C of today
const defines = ["-D__GNUC__=12", "-D__SIZEOF_INT__=4", "-D__STDC_VERSION__=201112L"];
const flags = ["--addon=misra", "--enable=style", "--std=c11", "--quiet", "--template={id} {file}:{line}"];
let isNew = false;
for (const file of files) {
  const { error, status, stderr } = spawnSync(
    "cppcheck",
    [...flags, "--suppress=missingIncludeSystem", ...defines, `-I${dirname(file)}`, file],
    { encoding: "utf8", maxBuffer: 2 ** 26 },
  );
  if (error !== undefined || status !== 0) {
    console.error(error ? "cppcheck is not installed\nhint: apt-get install cppcheck" : stderr);
    process.exit(2);
  }
  const found = new Map();
  for (const [, rule, place] of stderr.matchAll(/^misra-c2012-(\d+\.\d+) (.*)$/gm))
    found.set(rule, [...(found.get(rule) ?? []), place]);
  for (const [rule, places] of found) {
    const isKnown = known.has(rule);
    isNew ||= !isKnown;
    console.log(
      `${file}: rule ${rule}: ${places.length}${isKnown ? "" : ` not in docs/misra.md, first ${places[0]}`}`,
    );
  }
}
process.exitCode = isNew ? 1 : 0;
