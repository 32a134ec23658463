import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Tests of the command line start dist/src/cli/main.js, so it is compiled before the first test. */
export default function buildDist(): void {
  const script = fileURLToPath(new URL("../scripts/build.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  // The JavaScript is written even so; that the types are right is what `npm run check` holds.
  if (status !== 0) process.stderr.write(`warning: dist is built from sources with wrong types\n${stderr}\n`);
}
