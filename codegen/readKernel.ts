import {
  type FunctionDeclaration,
  type InterfaceDeclaration,
  Node,
  type PropertySignature,
  type SourceFile,
} from "ts-morph";
import { Diagnostics, type RuleTexts } from "./diagnostics.js";
import type { Helper, KernelSource, LayerField, Parameter, Statement } from "./ir.js";
import { type Arithmetic, findInterface, readFunctions } from "./kernelFiles.js";
import { isNameForC, snakeCase } from "./names.js";
import { StatementReader } from "./readStatements.js";
import { readType } from "./readType.js";
import { readSignatures } from "./signatures.js";

/** A docstring's text on one line, up to its first empty line; inline tags keep their text only. */
function firstParagraph(node: { getJsDocs(): { getCommentText(): string | undefined }[] }): string {
  const text = node.getJsDocs().at(-1)?.getCommentText() ?? "";
  return text
    .split(/\n\s*\n/)[0]!
    .replace(/\{@link (\w+)\}/g, "$1")
    .replace(/\s+/g, " ")
    .trim();
}

/** Two kernels may have helpers of one name; in C each carries its kernel's. */
function helperNameInC(kernel: string, helper: string): string {
  return `${snakeCase(kernel)}_${snakeCase(helper)}`;
}

/** Takes a name in C's spelling, or reports that it cannot be had. */
function claim(name: string, node: Node, taken: Set<string>, diagnostics: Diagnostics): void {
  if (!isNameForC(name) || taken.has(snakeCase(name))) diagnostics.report("K016", node);
  taken.add(snakeCase(name));
}

/** An interface's own properties, then those of the interfaces that it extends. */
function readProperties(
  declaration: InterfaceDeclaration,
  diagnostics: Diagnostics,
  extending: readonly InterfaceDeclaration[] = [],
): PropertySignature[] {
  for (const member of declaration.getMembers()) {
    if (!Node.isPropertySignature(member)) diagnostics.report("K007", member);
  }
  const path = [...extending, declaration];
  const inherited = declaration.getExtends().flatMap((clause) => {
    const base = findInterface(declaration.getSourceFile(), clause.getText());
    if (base && !path.includes(base)) return readProperties(base, diagnostics, path);
    diagnostics.report("K007", clause);
    return [];
  });
  return [...declaration.getProperties(), ...inherited];
}

function readFields(properties: readonly PropertySignature[], diagnostics: Diagnostics): LayerField[] {
  return properties.map((property) => {
    const elementType = readType(property.getTypeNode()?.getText());
    if (elementType === null || property.hasQuestionToken()) diagnostics.report("K007", property);
    return {
      name: property.getName(),
      elementType: elementType ?? undefined,
      description: firstParagraph(property),
    };
  });
}

/** Reports parameters that are no plain `name: type`. */
function checkParameters(declaration: FunctionDeclaration, from: number, diagnostics: Diagnostics): void {
  for (const parameter of declaration.getParameters().slice(from)) {
    const elementType = readType(parameter.getTypeNode()?.getText());
    const isPlain = !parameter.isRestParameter() && !parameter.hasInitializer() && !parameter.isOptional();
    if (elementType === null || !isPlain) diagnostics.report("K007", parameter);
  }
}

/** True for an int8 input that is only read and an int8 output. */
function isOneToOne(activations: readonly Parameter[]): boolean {
  const [input, output] = activations;
  const areInt8 = activations.every(({ elementType }) => elementType === "int8_t");
  return activations.length === 2 && areInt8 && !input!.isWritten && output!.isWritten;
}

/** True when no way through the statements reaches their end. */
function returnsAlways(statements: readonly Statement[]): boolean {
  return statements.some((statement) => {
    if (statement.kind === "return") return true;
    if (statement.kind === "block") return returnsAlways(statement.body);
    return statement.kind === "if" && returnsAlways(statement.thenBody) && returnsAlways(statement.elseBody);
  });
}

/** How a user's own kernel is read. */
export interface ReadOptions {
  /** Rules whose texts name what users do not have. */
  readonly texts: RuleTexts;
}

/**
 * Reads the kernel that a file exports into the IR.
 *
 * @param displayFile the file's name as messages and provenance show it
 * @param own given for a user's, which has one input, does not write to it, and may not take files beside it
 * @throws UserError with every place that is outside the subset: file:line:column, number, text, hints
 */
export function readKernel(
  file: SourceFile,
  displayFile: string,
  arithmetic: Arithmetic,
  own?: ReadOptions,
): KernelSource {
  const diagnostics = new Diagnostics(displayFile, own?.texts);
  const { declarations, imported } = readFunctions(file, arithmetic, diagnostics);
  const name = file.getBaseNameWithoutExtension();
  const signatures = readSignatures(declarations, imported);
  const functions = new Map([...imported, ...signatures]);
  const kernel = declarations.get(name);
  const layerParameter = kernel?.getParameters()[0];
  const layerInterface = layerParameter && findInterface(file, layerParameter.getTypeNode()?.getText() ?? "");
  const activations = signatures.get(name)?.parameters.slice(1) ?? [];
  if (
    !kernel?.hasExportKeyword() ||
    !layerInterface ||
    kernel.getReturnTypeNode()?.getText() !== "void" ||
    activations.length < 1 ||
    activations.some(({ elementType }) => elementType === undefined || elementType === "uint8_t") ||
    activations[0]!.elementType === "int32_t" ||
    (own && !isOneToOne(activations))
  ) {
    diagnostics.report("K009", kernel ?? file);
    diagnostics.throwIfAny();
    throw new Error("unreachable");
  }
  checkParameters(kernel, 1, diagnostics);
  const properties = readProperties(layerInterface, diagnostics);
  const fields = readFields(properties, diagnostics);

  const arithmeticInC = [...arithmetic.values()].flatMap((functions) => [...functions.keys()].map(snakeCase));
  const functionNamesInC = new Set(arithmeticInC);
  for (const [functionName, declaration] of declarations) {
    if (functionName === name) continue;
    claim(functionName, declaration.getNameNode() ?? declaration, functionNamesInC, diagnostics);
    functionNamesInC.add(helperNameInC(name, functionName));
  }
  functionNamesInC.add(snakeCase(name));

  const readFunction = (declaration: FunctionDeclaration, isKernel: boolean) => {
    const signature = signatures.get(declaration.getName()!)!;
    const calls = new Map<string, Node>();
    const takenInC = new Set(functionNamesInC);
    // numbers are folded, so only arrays become names in C
    for (const property of isKernel ? properties : []) {
      if (readType(property.getTypeNode()?.getText()) !== undefined)
        claim(property.getName(), property, takenInC, diagnostics);
    }
    for (const parameter of declaration.getParameters())
      claim(parameter.getName(), parameter, takenInC, diagnostics);
    const reader = new StatementReader(
      {
        layerName: isKernel ? layerParameter!.getName() : undefined,
        fields: new Map(isKernel ? fields.map((field) => [field.name, field]) : []),
        arrays: new Map(
          signature.parameters.filter((p) => p.elementType !== undefined).map((p) => [p.name, p]),
        ),
        functions,
        returnsValue: signature.returnsValue,
        takenInC,
        diagnostics,
        notesLines: own !== undefined,
        onCall: (called, node) => calls.set(called, node),
      },
      isKernel ? [] : signature.parameters.filter((p) => p.elementType === undefined),
    );
    const block = declaration.getBody();
    const body = Node.isBlock(block) ? reader.readBlock(block) : [];
    const nameNode = declaration.getNameNode() ?? declaration;
    if (signature.returnsValue && !returnsAlways(body)) diagnostics.report("K019", nameNode);
    if (signature.returnsValue && signature.parameters.some((p) => p.isWritten))
      diagnostics.report("K020", nameNode);
    return { body, calls };
  };

  const helpers: Helper[] = [];
  const path: string[] = [name];
  const visited = new Set<string>();
  const readHelper = (helperName: string, call: Node): void => {
    const declaration = declarations.get(helperName);
    if (!declaration) return;
    if (path.includes(helperName)) {
      diagnostics.report("K015", call);
      return;
    }
    if (visited.has(helperName)) return;
    visited.add(helperName);
    path.push(helperName);
    const returns = declaration.getReturnTypeNode();
    if (returns?.getText() !== "i32" && returns?.getText() !== "void")
      diagnostics.report("K007", returns ?? declaration.getNameNode() ?? declaration);
    checkParameters(declaration, 0, diagnostics);
    const { body, calls } = readFunction(declaration, false);
    for (const [called, node] of calls) readHelper(called, node);
    helpers.push({
      name: helperName,
      nameInC: helperNameInC(name, helperName),
      file: diagnostics.fileOf(declaration),
      description: firstParagraph(declaration),
      ...signatures.get(helperName)!,
      body,
    });
    path.pop();
  };

  const { body, calls } = readFunction(kernel, true);
  for (const [called, node] of calls) readHelper(called, node);
  for (const unused of declarations.keys()) {
    if (unused !== name) readHelper(unused, kernel);
  }
  diagnostics.throwIfAny();
  return {
    name,
    file: displayFile,
    description: firstParagraph(kernel),
    fields,
    activations,
    body,
    helpers,
    arithmeticInC,
  };
}
