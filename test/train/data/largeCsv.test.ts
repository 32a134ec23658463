import { spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { useDataFolder } from "./dataFolder.js";

const folder = useDataFolder();
const reader = (name: string) =>
  pathToFileURL(new URL(`../../../dist/src/train/data/${name}.js`, import.meta.url).pathname).href;

// 400 000 rows as JavaScript's own numbers and texts take more than this heap, at whose end Node ends without an error.
it.each([
  ["csv", "csv(file, { label: -1 }).train.inputs.shape"],
  ["recordings", "recordings(file, { window: 100, label: { column: -1 } }).train.inputs.shape"],
])(
  "%s reads what is larger than JavaScript's heap",
  (name, expression) => {
    const numbers = new Array(12).fill(5).join();
    const rows = Array.from({ length: 400_000 }, (_, i) => `${numbers},${i % 200 < 100 ? "a" : "b"}`);
    const file = folder.write("large.csv", `${rows.join("\n")}\n`);
    const script = `const { ${name} } = await import("${reader(name)}");
    const file = ${JSON.stringify(file)};
    console.log(JSON.stringify(${expression}));`;
    const { stdout, status, signal } = spawnSync(
      process.execPath,
      ["--max-old-space-size=32", "--input-type=module", "-e", script],
      { encoding: "utf8" },
    );
    expect({ stdout, status, signal }).toEqual({
      stdout: name === "csv" ? "[400000,12]\n" : "[4000,100,12]\n",
      status: 0,
      signal: null,
    });
  },
  120_000,
);
