import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  resolve: { alias: { pinfer: pathOf("./src/index.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: [pathOf("./test/buildDist.ts"), pathOf("./test/objects/keepObjects.ts")],
    reporters: ["default", pathOf("./test/countsReporter.ts")],
    pool: "forks",
    maxWorkers: 2,
    // it only ends what hangs: no test is judged by its time, and machines are busy
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
