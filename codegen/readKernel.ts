import { type FunctionDeclaration, type InterfaceDeclaration, Node, type SourceFile } from "ts-morph";
import { Diagnostics } from "./diagnostics.js";
import type { Helper, KernelSource, LayerField, Parameter } from "./ir.js";
import { snakeCase } from "./names.js";
import { StatementReader } from "./readStatements.js";
import { readType } from "./readType.js";

/** A docstring's text on one line, up to its first empty line; inline tags keep their text only. */
function firstParagraph(node: { getJsDocs(): { getCommentText(): string | undefined }[] }): string {
  const text = node.getJsDocs().at(-1)?.getCommentText() ?? "";
  return text
    .split(/\n\s*\n/)[0]!
    .replace(/\{@link (\w+)\}/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

function readFields(declaration: InterfaceDeclaration, diagnostics: Diagnostics): LayerField[] {
  for (const member of declaration.getMembers()) {
    if (!Node.isPropertySignature(member)) diagnostics.report("K007", member);
  }
  return declaration.getProperties().map((property) => {
    const elementType = readType(property.getTypeNode()?.getText());
    if (elementType === null || property.hasQuestionToken()) diagnostics.report("K007", property);
    return {
      name: property.getName(),
      elementType: elementType ?? undefined,
      description: firstParagraph(property),
    };
  });
}

function readParameters(
  declaration: FunctionDeclaration,
  from: number,
  diagnostics: Diagnostics,
): Parameter[] {
  return declaration
    .getParameters()
    .slice(from)
    .map((parameter) => {
      const elementType = readType(parameter.getTypeNode()?.getText());
      if (
        elementType === null ||
        parameter.isRestParameter() ||
        parameter.hasInitializer() ||
        parameter.isOptional()
      ) {
        diagnostics.report("K007", parameter);
      }
      return { name: parameter.getName(), elementType: elementType ?? undefined };
    });
}

/** Functions that the file imports from ./int.js; reports every other import and top-level statement. */
function readTopLevel(file: SourceFile, diagnostics: Diagnostics): Set<string> {
  const imported = new Set<string>();
  for (const statement of file.getStatements()) {
    if (Node.isImportDeclaration(statement)) {
      if (statement.getModuleSpecifierValue() !== "./int.js") diagnostics.report("K012", statement);
      for (const name of statement.getNamedImports()) {
        if (name.getAliasNode()) diagnostics.report("K012", name);
        if (name.getName() !== "i32") imported.add(name.getName());
      }
    } else if (!Node.isFunctionDeclaration(statement) && !Node.isInterfaceDeclaration(statement)) {
      diagnostics.report("K001", statement);
    }
  }
  return imported;
}

/**
 * Reads the kernel that a file exports into the IR.
 *
 * @param displayFile the file's name as messages and provenance show it
 * @throws UserError with every place that is outside the subset: file:line:column, number, text, hint
 */
export function readKernel(file: SourceFile, displayFile: string): KernelSource {
  const diagnostics = new Diagnostics(displayFile);
  const imported = readTopLevel(file, diagnostics);
  const name = file.getBaseNameWithoutExtension();
  const declarations = new Map(
    file.getFunctions().map((declaration) => [declaration.getName() ?? "", declaration]),
  );
  const functions = new Set([...imported, ...declarations.keys()]);
  const kernel = declarations.get(name);
  const layerParameter = kernel?.getParameters()[0];
  const layerInterface = layerParameter && file.getInterface(layerParameter.getTypeNode()?.getText() ?? "");
  const activations = kernel ? readParameters(kernel, 1, diagnostics) : [];
  if (
    !kernel?.isExported() ||
    !layerInterface ||
    kernel.getReturnTypeNode()?.getText() !== "void" ||
    activations.length < 2 ||
    activations.some((parameter) => parameter.elementType === undefined)
  ) {
    diagnostics.report("K009", kernel ?? file);
    diagnostics.throwIfAny();
    throw new Error("unreachable");
  }
  const fields = readFields(layerInterface, diagnostics);
  const functionNamesInC = new Set([...functions].map(snakeCase));

  const readFunction = (
    declaration: FunctionDeclaration,
    layerName: string | undefined,
    parameters: readonly Parameter[],
  ) => {
    const calls = new Set<string>();
    const takenInC = new Set([
      ...functionNamesInC,
      ...(layerName === undefined ? [] : fields.map((field) => snakeCase(field.name))),
    ]);
    for (const parameter of declaration.getParameters()) {
      if (takenInC.has(snakeCase(parameter.getName()))) diagnostics.report("K016", parameter);
    }
    const reader = new StatementReader(
      {
        layerName,
        fields: new Map(layerName === undefined ? [] : fields.map((field) => [field.name, field])),
        arrays: new Set(parameters.filter((p) => p.elementType !== undefined).map((p) => p.name)),
        functions,
        takenInC,
        diagnostics,
        onCall: (called) => calls.add(called),
      },
      parameters.filter((p) => p.elementType === undefined).map((p) => p.name),
    );
    const block = declaration.getBody();
    const body = Node.isBlock(block) ? reader.readBlock(block) : [];
    return { body, calls };
  };

  const helpers: Helper[] = [];
  const path: string[] = [name];
  const visited = new Set<string>();
  const readHelper = (helperName: string, caller: Node): void => {
    const declaration = declarations.get(helperName);
    if (!declaration) return;
    if (path.includes(helperName)) {
      diagnostics.report("K015", caller);
      return;
    }
    if (visited.has(helperName)) return;
    visited.add(helperName);
    path.push(helperName);
    const returns = declaration.getReturnTypeNode()?.getText();
    if (returns !== "i32" && returns !== "void")
      diagnostics.report("K007", declaration.getReturnTypeNode() ?? declaration);
    const parameters = readParameters(declaration, 0, diagnostics);
    const { body, calls } = readFunction(declaration, undefined, parameters);
    for (const called of calls) readHelper(called, declaration);
    helpers.push({
      name: helperName,
      description: firstParagraph(declaration),
      parameters,
      returnsValue: returns === "i32",
      body,
    });
    path.pop();
  };

  const { body, calls } = readFunction(kernel, layerParameter!.getName(), activations);
  for (const called of calls) readHelper(called, kernel);
  for (const unused of declarations.keys()) {
    if (unused !== name) readHelper(unused, kernel);
  }
  diagnostics.throwIfAny();
  return { name, file: displayFile, description: firstParagraph(kernel), fields, activations, body, helpers };
}
