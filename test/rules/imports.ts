import { posix } from "node:path";
import { Node, Project, type SourceFile, SyntaxKind } from "ts-morph";

/** One import or re-export: paths are relative to the repository, packages keep their names. */
export interface Import {
  readonly from: string;
  readonly to: string;
  /** Gone after compilation: `import type`, or only `type` names. */
  readonly isTypeOnly: boolean;
  /** `import("...")`: loaded when it is called. */
  readonly isDynamic: boolean;
}

export function openSources(root: string, folders: readonly string[]): Project {
  const project = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true });
  project.addSourceFilesAtPaths(folders.map((folder) => `${root}${folder}/**/*.ts`));
  return project;
}

export function readImports(project: Project, root: string): Import[] {
  return project.getSourceFiles().flatMap((file) => {
    const from = posix.relative(root, file.getFilePath());
    return importsOf(file).map((found) => ({ ...found, from, to: resolve(from, found.to) }));
  });
}

function importsOf(file: SourceFile): Omit<Import, "from">[] {
  const imports = file.getImportDeclarations().map((declaration) => ({
    to: declaration.getModuleSpecifierValue(),
    isTypeOnly:
      declaration.isTypeOnly() ||
      (declaration.getDefaultImport() === undefined &&
        declaration.getNamespaceImport() === undefined &&
        declaration.getNamedImports().length > 0 &&
        declaration.getNamedImports().every((name) => name.isTypeOnly())),
    isDynamic: false,
  }));
  const exports = file.getExportDeclarations().flatMap((declaration) => {
    const to = declaration.getModuleSpecifierValue();
    const names = declaration.getNamedExports();
    const isTypeOnly =
      declaration.isTypeOnly() || (names.length > 0 && names.every((name) => name.isTypeOnly()));
    return to === undefined ? [] : [{ to, isTypeOnly, isDynamic: false }];
  });
  const dynamic = file.getDescendantsOfKind(SyntaxKind.CallExpression).flatMap((call) => {
    const [argument] = call.getArguments();
    const isImport = call.getExpression().getKind() === SyntaxKind.ImportKeyword;
    return isImport && Node.isStringLiteral(argument)
      ? [{ to: argument.getLiteralValue(), isTypeOnly: false, isDynamic: true }]
      : [];
  });
  return [...imports, ...exports, ...dynamic];
}

function resolve(from: string, to: string): string {
  return to.startsWith(".") ? posix.join(posix.dirname(from), to).replace(/\.js$/, ".ts") : to;
}

/** What loading a file loads with it: files and packages, itself included. */
export function loadedWith(start: string, imports: readonly Import[]): Set<string> {
  const loaded = new Set([start]);
  for (const file of loaded) {
    for (const { from, to, isTypeOnly, isDynamic } of imports) {
      if (from === file && !isTypeOnly && !isDynamic) loaded.add(to);
    }
  }
  return loaded;
}

/** Imports that exist at run time from the start, as a chain that ends where it began; null when there is none. */
export function findCycle(imports: readonly Import[]): string[] | null {
  const edges = new Map<string, string[]>();
  for (const { from, to, isTypeOnly, isDynamic } of imports) {
    if (!isTypeOnly && !isDynamic) edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | null => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== null) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
