import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Node, Project, SyntaxKind } from "ts-morph";
import { describe, expect, it } from "vitest";
import { clockReaders, readsClock } from "./rules/clocks.js";
import { rules } from "./rules/directions.js";
import { findCycle, loadedWith, openSources, readImports } from "./rules/imports.js";
import { roomOf, rooms } from "./rules/rooms.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const project = openSources(root, ["src", "codegen", "test", "examples", "bench"]);
const imports = readImports(project, root);
const productImports = imports.filter(({ from }) => /^(src|codegen)\//.test(from));

/** Paths below the folder, relative to the repository. */
function filesIn(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Text files that are the product or its tests. */
const ownFiles = [
  ...[
    "src",
    "codegen",
    "assembly",
    "firmware",
    "test",
    "docs",
    "examples",
    "templates",
    "bench/training",
    "scripts",
    ".ci",
    ".github",
  ].flatMap(filesIn),
  ...readdirSync(root).filter((name) => /\.(md|json|ts)$|^\.npmrc$/.test(name)),
].filter((path) => !/\.(npy|safetensors|tflite|png|bin|elf)$|\/node_modules\//.test(path));

describe("dependencies point one way", () => {
  for (const { title, isBroken } of rules) {
    it(title, () => {
      expect(productImports.filter(isBroken).map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
    });
  }

  it("goes down the rooms of src in their order, types too", () => {
    const upward = productImports
      .filter(
        ({ from, to, isDynamic }) => !isDynamic && /^(src|codegen)\//.test(to) && roomOf(from) !== roomOf(to),
      )
      .filter(({ from, to }) => rooms.indexOf(roomOf(to)) >= rooms.indexOf(roomOf(from)));
    expect(upward.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("has every folder in that order, and nothing loose: src/index.ts stands alone at the root", () => {
    const found = new Set(filesIn("src").concat(filesIn("codegen")).map(roomOf));
    expect([...found].sort()).toEqual([...rooms].sort());
    expect(readdirSync(join(root, "src")).filter((name) => name.includes("."))).toEqual(["index.ts"]);
  });

  it("loads for `pinfer --help` only what is quick to load: commands import their work in their actions", () => {
    const quick =
      /^(commander|cli-progress|node:.*|src\/(board\/projectFormats|base\/(errors|isAbove|makeFolder|packageRoot|printable|table|temporaries|tensor)|program\/(program|scratch|summarize|target)|network\/(axisOrder|elementTypes|ports|quantization))\.ts|src\/quantize\/quantizeTensor\.ts|src\/(link\/line|cli\/\w+)\.ts)$/;
    expect([...loadedWith("src/cli/commands.ts", imports)].filter((loaded) => !quick.test(loaded))).toEqual(
      [],
    );
  });

  it("loads with pinfer/client nothing of Node's and no package: a bundler takes it for a browser", () => {
    const loaded = [...loadedWith("src/client/index.ts", imports)];
    expect(loaded).toContain("src/link/frame.ts");
    expect(loaded.filter((path) => !path.startsWith("src/"))).toEqual([]);
    const codeOf = (path: string) => read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    const globals = /\b(Buffer|process|require|__dirname)\b[.(]/;
    expect(loaded.filter((path) => globals.test(codeOf(path)))).toEqual([]);
    expect([...loadedWith("src/client/node.ts", imports)]).toContain("node:child_process");
  });

  it("exports without the compiler that reads kernels: what the build read is there", () => {
    const starts = ["codegen/exportFirmware.ts", "codegen/host/hostKernels.ts"];
    const loaded = starts.flatMap((start) => [...loadedWith(start, imports)]);
    expect(loaded).toContain("codegen/storedKernels.ts");
    expect(loaded.filter((name) => name === "ts-morph" || name === "typescript")).toEqual([]);
  });

  it("goes in no circle", () => {
    expect(findCycle(productImports)?.join(" → ")).toBeUndefined();
  });
});

describe("the rules themselves", () => {
  it.each(rules)(
    "refuse what breaks them and nothing beside it: $title",
    ({ isBroken, refused, allowed }) => {
      expect(refused.filter((found) => !isBroken(found))).toEqual([]);
      expect(allowed.filter(isBroken)).toEqual([]);
    },
  );

  it("see every way to import, and which of them are gone at run time", () => {
    const text = `
      import { a, type B } from "./a.js";
      import type { C } from "../c.js";
      import { type D } from "./d.js";
      import * as fs from "node:fs";
      import "./sideEffect.js";
      export { e } from "./e.js";
      export type { F } from "./f.js";
      const g = async () => import("./g.js");
    `;
    const virtual = new Project({ useInMemoryFileSystem: true });
    virtual.createSourceFile("/src/plan/x.ts", text);

    expect(
      readImports(virtual, "/").map(({ to, isTypeOnly, isDynamic }) => [to, isTypeOnly, isDynamic].join(" ")),
    ).toEqual([
      "src/plan/a.ts false false",
      "src/c.ts true false",
      "src/plan/d.ts true false",
      "node:fs false false",
      "src/plan/sideEffect.ts false false",
      "src/plan/e.ts false false",
      "src/plan/f.ts true false",
      "src/plan/g.ts false true",
    ]);
  });

  it("follow what is loaded through files, but not through types and dynamic imports", () => {
    const edge = (from: string, to: string) => ({ from, to, isTypeOnly: false, isDynamic: false });
    const edges = [
      edge("a", "b"),
      edge("b", "c"),
      { ...edge("b", "d"), isTypeOnly: true },
      { ...edge("c", "e"), isDynamic: true },
    ];
    expect([...loadedWith("a", edges)]).toEqual(["a", "b", "c"]);
  });

  it("find a circle and name its files in order", () => {
    const edge = (from: string, to: string) => ({ from, to, isTypeOnly: false, isDynamic: false });
    const edges = [edge("start", "a"), edge("a", "b"), edge("b", "c"), edge("c", "a")];
    expect(findCycle(edges)).toEqual(["a", "b", "c", "a"]);
    expect(findCycle([...edges.slice(0, 3), { ...edge("c", "a"), isTypeOnly: true }])).toBeNull();
  });

  it("look at files that are there", () => {
    expect(productImports.length).toBeGreaterThan(50);
    expect(ownFiles).toContain("firmware/main.c");
  });
});

describe("the public API", () => {
  it("is a list of exports", () => {
    const index = project.getSourceFile(`${root}src/index.ts`);
    const others = index?.getStatements().filter((statement) => !Node.isExportDeclaration(statement));
    expect(others?.map((statement) => statement.getText())).toEqual([]);
  });

  it("says of everything it exports what it is: the reference is made of these words", () => {
    const exported = project.getSourceFileOrThrow(`${root}src/index.ts`).getExportDeclarations();
    const silent = exported.flatMap((declaration) => {
      const path = join(root, "src", declaration.getModuleSpecifierValue()!.replace(/\.js$/, ".ts"));
      const file = project.getSourceFileOrThrow(path);
      return declaration
        .getNamedExports()
        .map((name) => name.getName())
        .filter((name) => !name.endsWith("Options")) // what they are for says the function that takes them
        .filter((name) => {
          const found =
            file.getFunction(name) ??
            file.getClass(name) ??
            file.getInterface(name) ??
            file.getTypeAlias(name) ??
            file.getVariableStatement(name);
          return (found?.getJsDocs().length ?? 0) === 0;
        });
    });
    expect(silent).toEqual([]);
  });
});

describe("files", () => {
  it("of src, codegen, assembly and firmware have at most 350 lines", () => {
    const long = ["src", "codegen", "assembly", "firmware"]
      .flatMap(filesIn)
      .filter((path) => /\.(ts|c|h)$/.test(path))
      .map((path) => ({ path, lines: read(path).split("\n").length - 1 }))
      .filter(({ lines }) => lines > 350);
    expect(long.map(({ path, lines }) => `${path} has ${lines} lines`)).toEqual([]);
  });

  it("use no unseeded random numbers", () => {
    const uses = project.getSourceFiles().flatMap((file) =>
      file
        .getDescendantsOfKind(SyntaxKind.PropertyAccessExpression)
        .filter((access) => access.getText() === "Math.random")
        .map((access) => `${file.getFilePath().slice(root.length)}:${access.getStartLineNumber()}`),
    );
    expect(uses).toEqual([]);
  });

  it("name no folder of one machine", () => {
    const machinePath = /(?<![\w.})\]/-])\/(home|work|root|Users|mnt|tmp)\/[\w.]/;
    expect("see /home/me/x").toMatch(machinePath);
    expect("https://host/home/x ./tmp/x src/root/x").not.toMatch(machinePath);
    const found = ownFiles.flatMap((path) =>
      path === "test/rules.test.ts"
        ? []
        : read(path)
            .split("\n")
            .flatMap((line, i) => (machinePath.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it("of the firmware hold no floating point", () => {
    const found = filesIn("firmware")
      .filter((path) => /\.[ch]$/.test(path))
      .flatMap((path) => {
        const code = read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, (comment) =>
          comment.replace(/[^\n]/g, ""),
        );
        return code
          .split("\n")
          .flatMap((line, i) =>
            /\b(float|double|math\.h)\b/.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [],
          );
      });
    expect(found).toEqual([]);
  });
});

describe("tests", () => {
  it("judge no clock: but for files with a reason, none looks at it or waits by it", () => {
    const readers = filesIn("test").filter(
      (path) => /\.(ts|mjs)$/.test(path) && readsClock(read(path)).length > 0,
    );
    expect(readers.sort()).toEqual(Object.keys(clockReaders).sort());
  });

  it("are seen to read a clock in every way there is, and a turn of the event loop is none", () => {
    for (const line of [
      "const start = performance.now();",
      "if (Date.now() > end) return;",
      "await new Promise((resolve) => setTimeout(resolve, 5));",
      "const timer = setInterval(look, 5);",
      'import { setTimeout as sleep } from "node:timers/promises";',
    ]) {
      expect(readsClock(line)).toEqual([line]);
    }
    expect(readsClock('import { setImmediate as turn } from "node:timers/promises";')).toEqual([]);
  });
});

describe("package-lock.json", () => {
  it("names no registry", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, object> };
    expect(Object.keys(packages).filter((path) => "resolved" in packages[path])).toEqual([]);
  });
});
