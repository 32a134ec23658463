// Fuzzes the firmware's frames and messages (link.c, main.c, crc32.c) with libFuzzer under the address and
// undefined-behaviour sanitizers, from the inputs in test/firmware/fuzz/corpus:
//   node scripts/fuzzFirmware.mjs [--seconds 600] [--keep]
// An input that crashes, hangs, or is answered with anything but whole frames is left as finding-…; the exit code is
// then 1. --keep puts the smallest set of inputs that reaches all that was reached into the corpus.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const pathOf = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "600" }, keep: { type: "boolean", default: false } },
});
const corpus = pathOf("test/firmware/fuzz/corpus");

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", ...options });
  if (result.error?.code === "ENOENT") {
    console.error(`${command} is not installed: libFuzzer is part of it`);
    console.error("sudo apt-get install clang libclang-rt-dev");
    process.exit(1);
  }
  return result;
}

const folder = mkdtempSync(join(tmpdir(), "pinfer-fuzz-"));
try {
  const fuzzer = join(folder, "fuzz");
  const sources = [
    "test/firmware/fuzz/board.c",
    "test/firmware/fuzz/mutate.c",
    "test/firmware/exampleNetwork/network.c",
    "firmware/crc32.c",
  ];
  const compiled = run("clang", [
    ...["-std=c11", "-g", "-O1", "-Wall", "-Wextra"],
    ...["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all"],
    ...["firmware", "test/firmware/exampleNetwork"].map((directory) => `-I${pathOf(directory)}`),
    ...sources.map(pathOf),
    ...["-o", fuzzer],
  ]);
  if (compiled.status !== 0) {
    const lacks = /libclang_rt\.fuzzer/.test(compiled.stderr);
    console.error(lacks ? "clang has no libFuzzer: sudo apt-get install libclang-rt-dev" : compiled.stderr);
    process.exit(1);
  }

  const found = join(folder, "corpus");
  cpSync(corpus, found, { recursive: true });
  const before = readdirSync(found).length;
  const limits = ["-max_len=1024", "-timeout=10", "-rss_limit_mb=1024"];
  const fuzzed = run(
    fuzzer,
    [
      ...limits,
      `-max_total_time=${values.seconds}`,
      "-print_final_stats=1",
      "-artifact_prefix=finding-",
      found,
    ],
    { stdio: ["ignore", "inherit", "pipe"], maxBuffer: 1 << 30 },
  );
  const stat = (name) => new RegExp(`stat::${name}:\\s+(\\d+)`).exec(fuzzed.stderr)?.[1] ?? "?";
  const coverage = [...fuzzed.stderr.matchAll(/cov: (\d+) ft: (\d+)/g)].at(-1);
  console.log(
    `${stat("number_of_executed_units")} inputs in ${values.seconds} s, ${coverage?.[1] ?? "?"} edges and ` +
      `${coverage?.[2] ?? "?"} features reached, ${before} inputs before, ${readdirSync(found).length} after`,
  );
  if (fuzzed.status !== 0) {
    console.error(fuzzed.stderr.split("\n").slice(-60).join("\n"));
    console.error("a finding: the input is finding-… in this folder");
    process.exitCode = 1;
  } else {
    console.log("no finding");
    if (values.keep) {
      const least = join(folder, "least");
      mkdirSync(least);
      run(fuzzer, [...limits, "-merge=1", least, found], { maxBuffer: 1 << 30 });
      rmSync(corpus, { recursive: true, force: true });
      cpSync(least, corpus, { recursive: true });
      console.log(`${readdirSync(corpus).length} inputs kept`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
