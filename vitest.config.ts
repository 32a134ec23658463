import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const files = readdirSync(pathOf("test"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".test.ts"))
  .map((file) => `test/${file}`);

/** Folders whose tests compute: their files share processes, where modules are loaded once. */
const computing =
  /^test\/(base|codegen|compare|experiment|formats|import|kernels|model|network|passes|plan|profile|program|quantize|report|stream|train)\//;

/** What changes the process it runs in has one of its own; so has an experiment's kernel, which the next one would take. */
const changesItsProcess =
  /\bvi\.|process\.env\.\w+ = |process\.env\[|delete process\.env|\bchdir\(|process\.(on|once)\(|\bdefineKernel\b/;

function isTogether(file: string): boolean {
  return computing.test(file) && !changesItsProcess.test(readFileSync(pathOf(file), "utf8"));
}

const project = (name: "alone" | "together"): TestProjectInlineConfiguration => ({
  resolve: { alias: { pinfer: pathOf("./src/index.ts") } },
  test: {
    name,
    include: files.filter((file) => isTogether(file) === (name === "together")),
    pool: "forks",
    isolate: name === "alone",
    // it only ends what hangs: no test is judged by its time, and machines are busy
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});

/** Folders whose tests take longest: what begins last should be short, so that both workers end together. */
const longest = ["board", "endToEnd", "search", "golden", "errors", "embedding", "cli", "firmware", "link"];

class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = longest.findIndex((folder) => moduleId.includes(`/test/${folder}/`));
      return (project.config.isolate ? 0 : 100) + (place < 0 ? longest.length : place);
    };
    return (await super.sort(specifications)).toSorted((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  test: {
    projects: [project("alone"), project("together")],
    globalSetup: [pathOf("./test/buildDist.ts"), pathOf("./test/objects/keepObjects.ts")],
    reporters: ["default", pathOf("./test/countsReporter.ts")],
    // one more than the two cores of CI: who waits for an emulator or a port leaves his idle, a third of the time
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
});
