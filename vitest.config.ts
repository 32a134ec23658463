import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  resolve: { alias: { pinfer: pathOf("./src/index.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: [pathOf("./test/buildDist.ts")],
    reporters: ["default", pathOf("./test/countsReporter.ts")],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
