// Fuzzes the firmware with libFuzzer under the address and undefined-behaviour sanitizers, from the inputs in
// test/firmware/fuzz/corpus: "bare" is frames and messages alone (link.c, serve.c, batch.c, inference.c), "full" has pins (control.c),
// whose levels and time are part of the input, and the text protocol (dut.c, text.c) too; "steps" is bare with a network that
// keeps states:
//   node scripts/fuzzFirmware.mjs [--target full] [--seconds 600] [--keep] [--coverage]
// An input that crashes, hangs, or is answered with anything but what PROTOCOL.md says is left as finding-…; the exit
// code is then 1. --keep puts the smallest set of inputs that reaches all code that was reached into the corpus.
// --coverage only counts the lines that the corpus reaches.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";

const pathOf = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const jiti = createJiti(import.meta.url);
const { fuzzTargets, targetArguments } = await jiti.import("../test/firmware/fuzz/targets.ts");
const { values } = parseArgs({
  options: {
    target: { type: "string", default: "full" },
    seconds: { type: "string", default: "600" },
    keep: { type: "boolean", default: false },
    coverage: { type: "boolean", default: false },
  },
});
if (!(values.target in fuzzTargets)) {
  console.error(`--target ${values.target}: there is ${Object.keys(fuzzTargets).join(" and ")}`);
  process.exit(1);
}
const { corpus } = fuzzTargets[values.target];
const limits = ["-max_len=1024", "-timeout=10", "-rss_limit_mb=1024"];
const folder = mkdtempSync(join(tmpdir(), "pinfer-fuzz-"));

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 30, ...options });
  if (result.error?.code === "ENOENT") {
    console.error(`${command} is not installed: sudo apt-get install clang llvm libclang-rt-dev`);
    process.exit(1);
  }
  return result;
}

/** Debian calls it clang-14; the newest there is. */
function findClang() {
  const names = ["clang", ...Array.from({ length: 12 }, (_, i) => `clang-${22 - i}`)];
  return names.find((name) => spawnSync(name, ["--version"]).status === 0) ?? "clang";
}

/** The target as a program: a fuzzer, or with `source` replay.c one that runs files. */
function compile(source, flags) {
  const program = join(folder, source);
  const clang = findClang();
  const compiled = run(clang, [
    ...["-std=c11", "-g", "-Wall", "-Wextra", ...flags],
    ...targetArguments(values.target, pathOf("firmware"), folder),
    ...[pathOf(`test/firmware/fuzz/${source}`), "-o", program],
  ]);
  if (compiled.status !== 0) {
    const lacks = /libclang_rt/.test(compiled.stderr);
    const [, version = ""] = /^clang(-\d+)$/.exec(clang) ?? [];
    const hint = `${clang} lacks a library: sudo apt-get install libclang-rt${version}-dev`;
    console.error(lacks ? hint : compiled.stderr);
    process.exit(1);
  }
  return program;
}

function countLines() {
  const program = compile("replay.c", ["-O0", "-fprofile-instr-generate", "-fcoverage-mapping"]);
  const [raw, merged] = [join(folder, "raw"), join(folder, "merged")];
  const inputs = readdirSync(corpus).map((name) => join(corpus, name));
  run(program, inputs, { env: { ...process.env, LLVM_PROFILE_FILE: raw } });
  run("llvm-profdata", ["merge", raw, "-o", merged]);
  const { stdout } = run("llvm-cov", ["export", "-summary-only", `-instr-profile=${merged}`, program]);
  for (const { filename, summary } of JSON.parse(stdout).data[0].files) {
    if (!filename.startsWith(pathOf("firmware")) || summary.lines.count === 0) continue;
    const { covered, count, percent } = summary.lines;
    console.log(
      `${filename.slice(pathOf("").length)}: ${covered} of ${count} lines, ${percent.toFixed(1)} %`,
    );
  }
}

/** Files by content, however libFuzzer names them. */
function keep(program, found) {
  const least = join(folder, "least");
  mkdirSync(least);
  // Lines reached, not how often: the corpus stays a tenth of the size.
  run(program, [...limits, "-merge=1", "-use_counters=0", least, corpus, found]);
  const names = readdirSync(least);
  const regressions = readdirSync(corpus).filter((name) => !/^[0-9a-f]{40}$/.test(name));
  const kept = regressions.map((name) => [name, readFileSync(join(corpus, name))]);
  rmSync(corpus, { recursive: true, force: true });
  cpSync(least, corpus, { recursive: true });
  for (const [name, bytes] of kept) writeFileSync(join(corpus, name), bytes);
  console.log(`${names.length} inputs kept, and ${kept.length} that have names`);
}

function fuzz() {
  const program = compile("mutate.c", [
    ...["-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"],
  ]);
  const found = join(folder, "corpus");
  cpSync(corpus, found, { recursive: true });
  const before = readdirSync(found).length;
  const start = performance.now();
  const fuzzed = run(
    program,
    [
      ...[...limits, `-dict=${pathOf("test/firmware/fuzz/words.txt")}`],
      ...[`-max_total_time=${values.seconds}`, "-print_final_stats=1", "-artifact_prefix=finding-", found],
    ],
    { stdio: ["ignore", "inherit", "pipe"] },
  );
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const stat = (name) => new RegExp(`stat::${name}:\\s+(\\d+)`).exec(fuzzed.stderr)?.[1] ?? "?";
  const coverage = [...fuzzed.stderr.matchAll(/cov: (\d+) ft: (\d+)/g)].at(-1);
  const count = fuzzed.status === 0 ? 0 : 1;
  console.log(
    `${values.target}: ${stat("number_of_executed_units")} inputs in ${seconds} s, ${count} findings, ` +
      `${coverage?.[1] ?? "?"} edges and ${coverage?.[2] ?? "?"} features reached, ` +
      `${before} inputs before, ${readdirSync(found).length} after`,
  );
  if (count > 0) {
    console.error(fuzzed.stderr.split("\n").slice(-60).join("\n"));
    console.error("a finding: the input is finding-… in this folder");
    process.exitCode = 1;
  } else if (values.keep) keep(program, found);
}

try {
  if (values.coverage) countLines();
  else fuzz();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
