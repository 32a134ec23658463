// Holds the hand-written C of firmware/ and src/ to .clang-format; `--write` brings it there. The formatter comes from npm in one
// version, so that every machine says the same.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { clangFormatPath } from "clang-format-node";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = ["firmware", "src"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(folder, name))
    .sort(),
);
const how = process.argv.includes("--write") ? ["-i"] : ["--dry-run", "--Werror"];
const { status, stderr, error } = spawnSync(clangFormatPath, ["--style=file", ...how, ...files], {
  cwd: root,
  encoding: "utf8",
});
if (error !== undefined) throw error;
if (status !== 0) process.stderr.write(`${stderr}hint: npm run format\n`);
process.exitCode = status ?? 1;
