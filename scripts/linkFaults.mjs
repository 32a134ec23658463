// Puts the link under fire: the host's code and the firmware, and between them every kind of fault, many times.
//   node scripts/linkFaults.mjs [--injections 1000] [--seed 1] [--only "bit flipped"] [--jobs 4] [--sanitize]
//   node scripts/linkFaults.mjs --board olimex-stm32-h405 [--injections 100] [--jobs 2]
// After each injection what the host gets must be right, or a message that says why not, and the next thing it asks must
// be right again. Exits 1 if anything was wrong, hung, or ended with an error of ours. The same seed damages the same
// bytes; what they meet depends on the pieces in which bytes come. Time is the line's own and passes only while the
// firmware has nothing to do, which Linux tells. The firmware is the host build, or with --board runs on the board's emulator.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(`../${path}`);
const { faultNames, runFault } = await load("test/link/fire/runFaults.ts");
const { compileFixture, expected, startEmulatedStand } = await load("test/link/fire/stands.ts");
const { openProcessLine } = await load("src/link/processDevice.ts");
const { startProgress } = await load("src/cli/progress.ts");
const { renderTable } = await load("src/base/table.ts");

const { values } = parseArgs({
  options: {
    injections: { type: "string", default: "1000" },
    board: { type: "string", default: "host" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    jobs: { type: "string", default: "4" },
    sanitize: { type: "boolean", default: false },
  },
});
const injections = Number(values.injections);
const faults = faultNames.filter((name) => name.includes(values.only));
const folder = mkdtempSync(join(tmpdir(), "pinfer-faults-"));
const rows = new Map();
try {
  const openStand = async (job) => {
    if (values.board !== "host") return startEmulatedStand(values.board, join(folder, `board-${job}`));
    const { elf } = await compileFixture("host", join(folder, `host-${job}`), { sanitize: values.sanitize });
    return { openEnd: () => openProcessLine(elf), close: async () => undefined };
  };
  const progress = startProgress("injections", faults.length * injections);
  const start = performance.now();
  const done = new Map();
  const waiting = [...faults];
  const work = async (job) => {
    const { openEnd, restart, close } = await openStand(job);
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      const name = fault;
      const onProgress = (row) => {
        done.set(name, row.injections);
        progress.update([...done.values()].reduce((sum, count) => sum + count, 0));
      };
      const options = { openEnd, restart, expected, injections, seed: Number(values.seed), onProgress };
      rows.set(name, await runFault(name, options));
    }
    await close();
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, (_, job) => work(job)));
  progress.stop();
  const columns = [
    "fault",
    "injections",
    "right",
    "after repeats",
    "clear error",
    "wrong",
    "hang",
    "crash",
    "slowest",
  ];
  const cells = faults.map((fault) => {
    const row = rows.get(fault);
    const counts = [row.injections, row.right, row.repeated, row.errors, row.wrong, row.hangs, row.crashes];
    return [fault, ...counts.map(String), `${Math.round(row.slowestMs)} ms`];
  });
  console.log(
    renderTable(
      columns.map((title, column) => ({ title, align: column === 0 ? "left" : "right" })),
      cells,
    ),
  );
  const all = [...rows.values()];
  const sum = (count) => all.reduce((total, row) => total + row[count], 0);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `\n${faults.length} kinds of fault, ${sum("injections")} injections in ${seconds} s: ${sum("wrong")} wrong results, ` +
      `${sum("hangs")} hangs, ${sum("crashes")} crashes`,
  );
  const messages = new Set(
    all.flatMap((row) => [...row.messages]).map((text) => text.split(folder).join("…")),
  );
  for (const message of messages) console.log(`  error: ${message}`);
  if (sum("wrong") + sum("hangs") + sum("crashes") > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
