import { type FunctionDeclaration, type InterfaceDeclaration, Node, type SourceFile } from "ts-morph";
import type { Diagnostics } from "./diagnostics.js";
import type { Signature } from "./signatures.js";

/** What can be called in a kernel's file. */
export interface KernelFunctions {
  /** Functions of the file and of those that it takes functions from, by name. */
  readonly declarations: Map<string, FunctionDeclaration>;
  /** Functions of ./int.js and ./simd.js that they import. */
  readonly imported: Map<string, Signature>;
}

/** What ./int.js and ./simd.js export but types, by the specifier. */
export type Arithmetic = ReadonlyMap<string, ReadonlyMap<string, Signature>>;

export const arithmeticSpecifiers = ["./int.js", "./simd.js"] as const;

/** The file that a specifier of the form ./name.js means, if it lies there. */
function fileBeside(file: SourceFile, specifier: string): SourceFile | undefined {
  const name = /^\.\/(\w+)\.js$/.exec(specifier)?.[1];
  return name === undefined ? undefined : file.getDirectory().addSourceFileAtPathIfExists(`${name}.ts`);
}

/** The interface that a name means in a file: its own, or one that a file beside it exports. */
export function findInterface(file: SourceFile, name: string): InterfaceDeclaration | undefined {
  const own = file.getInterface(name);
  if (own) return own;
  const statement = file
    .getImportDeclarations()
    .find((found) => found.getNamedImports().some((one) => one.getName() === name));
  const found = statement && fileBeside(file, statement.getModuleSpecifierValue())?.getInterface(name);
  return found?.hasExportKeyword() ? found : undefined;
}

/**
 * Reads what a kernel's file declares and imports; reports every other top-level statement and import.
 * By syntax alone: a question to the type checker (isExported, isDefaultExport) reads the library of types first.
 */
export function readFunctions(
  file: SourceFile,
  arithmetic: Arithmetic,
  diagnostics: Diagnostics,
): KernelFunctions {
  const declarations = new Map<string, FunctionDeclaration>();
  const imported = new Map<string, Signature>();
  const visited = new Set<SourceFile>();

  const readFile = (from: SourceFile): void => {
    if (visited.has(from)) return;
    visited.add(from);
    for (const statement of from.getStatements()) {
      if (Node.isImportDeclaration(statement)) {
        const specifier = statement.getModuleSpecifierValue();
        const isArithmetic =
          arithmeticSpecifiers.some((one) => one === specifier) || arithmetic.has(specifier);
        const beside = isArithmetic ? undefined : fileBeside(from, specifier);
        const isByName = !statement.getDefaultImport() && !statement.getNamespaceImport();
        if ((!isArithmetic && !beside) || !isByName) diagnostics.report("K012", statement);
        for (const name of isArithmetic || beside ? statement.getNamedImports() : []) {
          const signature = arithmetic.get(specifier)?.get(name.getName());
          const helper = beside?.getFunction(name.getName());
          const isKnown = isArithmetic
            ? signature !== undefined || (specifier !== "./simd.js" && name.getName() === "i32")
            : (helper ?? beside?.getInterface(name.getName()))?.hasExportKeyword() === true;
          if (!isKnown || name.getAliasNode()) diagnostics.report("K012", name);
          else if (helper) readFile(beside!);
          if (signature) imported.set(name.getName(), signature);
        }
      } else if (Node.isFunctionDeclaration(statement)) {
        const isPlain =
          !statement.isAsync() && !statement.isGenerator() && statement.getTypeParameters().length === 0;
        if (!isPlain || statement.hasDefaultKeyword() || statement.getOverloads().length > 0)
          diagnostics.report("K001", statement);
        const name = statement.getName() ?? "";
        if (declarations.has(name)) diagnostics.report("K016", statement.getNameNode() ?? statement);
        else declarations.set(name, statement);
      } else if (!Node.isInterfaceDeclaration(statement)) {
        diagnostics.report("K001", statement);
      }
    }
  };
  readFile(file);
  return { declarations, imported };
}
