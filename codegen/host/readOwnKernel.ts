import path from "node:path";
import { Project, type SourceFile } from "ts-morph";
import { UserError } from "../../src/base/errors.js";
import { packageRoot } from "../../src/base/packageRoot.js";
import type { OwnKernel } from "../../src/network/ownKernel.js";
import { ownFunctionNames, ownSpecifier } from "../../src/program/ownArithmetic.js";
import type { OwnRunner } from "../../src/program/ownKernels.js";
import type { RuleTexts } from "../diagnostics.js";
import type { KernelSource, Statement } from "../ir.js";
import type { Arithmetic } from "../kernelFiles.js";
import { keepOwnSource } from "../ownSources.js";
import { readKernel } from "../readKernel.js";
import { readSignatures } from "../signatures.js";
import { innerStatements } from "../walk.js";
import { interpretKernel } from "./interpretKernel.js";

/** Loops inside each other: what is done for each of them again must end soon for hostile texts too. */
const mostNestedLoops = 8;

const texts: RuleTexts = {
  K004: [
    "division cannot be transcribed to C",
    "use roundingDivide, roundingShiftRight or >>, or let settle() give the quotient as a field of the layer",
  ],
  K008: [
    "only functions of pinfer/kernels and of this file can be called",
    "import it by name, or write it in this file as a named function",
  ],
  K009: [
    "a kernel is `export function name(layer: Interface, input: Int8Array, output: Int8Array): void` with the name of its file, which reads its input and writes its output",
    "see docs/kernels.md",
  ],
  K012: [
    `a kernel imports by name what ${ownSpecifier} exports, and nothing else`,
    `there are ${["i32", ...ownFunctionNames].join(", ")}; write other functions in this file`,
  ],
};

let project: Project | undefined;
let arithmetic: Arithmetic | undefined;

/** In memory only: a kernel that came with a model reaches no file. */
function sourceFile({ name, text }: OwnKernel): SourceFile {
  project ??= new Project({ useInMemoryFileSystem: true, skipFileDependencyResolution: true });
  return project.createSourceFile(`/${name}.ts`, text, { overwrite: true });
}

function readArithmetic(): Arithmetic {
  const files = new Project({ skipAddingFilesFromTsConfig: true, skipFileDependencyResolution: true });
  const functions = files.addSourceFileAtPath(path.join(packageRoot, "src/kernels/int.ts")).getFunctions();
  const known = functions.filter((one) => ownFunctionNames.includes(one.getNameOrThrow()));
  return new Map([[ownSpecifier, readSignatures(new Map(known.map((one) => [one.getNameOrThrow(), one])))]]);
}

/**
 * Reads a user's kernel, whoever wrote it: what is outside the subset is refused, and nothing of it is run as JavaScript.
 *
 * @param file as messages name it; default: its name
 * @returns what runs it on the host
 * @throws UserError with file, line and hint for each place that is outside the subset
 */
export function readOwnKernel(kernel: OwnKernel, file = `${kernel.name}.ts`): OwnRunner {
  arithmetic ??= readArithmetic();
  try {
    return readOrRefuse(kernel, file, arithmetic);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UserError(`${file} is nested too deeply to be read`, "write it in more statements", { cause });
  }
}

function readOrRefuse(kernel: OwnKernel, file: string, known: Arithmetic): OwnRunner {
  const read = readKernel(sourceFile(kernel), file, known, { texts });
  if (nestedLoops(read) > mostNestedLoops) {
    throw new UserError(
      `${file}: more than ${mostNestedLoops} loops inside each other`,
      "put the inner ones into a function of the file",
    );
  }
  // what is printed must not depend on where the experiment lay, nor meet a name of the package's own
  const helpers = read.helpers.map((helper) => ({
    ...helper,
    nameInC: `own_${helper.nameInC}`,
    file: `${kernel.name}.ts`,
  }));
  const source: KernelSource = { ...read, file: `${kernel.name}.ts`, helpers };
  keepOwnSource(kernel, source);
  return interpretKernel(source);
}

function nestedLoops({ body, helpers }: KernelSource): number {
  const depth = (statements: readonly Statement[]): number =>
    statements.reduce(
      (most, one) => Math.max(most, Number(one.kind === "for") + depth(innerStatements(one))),
      0,
    );
  return Math.max(depth(body), ...helpers.map((helper) => depth(helper.body)));
}
