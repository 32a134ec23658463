import { constants } from "node:fs";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../base/errors.js";
import type { Board } from "./board.js";
import { firmwareDirectory } from "./firmwareDirectory.js";
import { expectBoot2 } from "./rp2040Image.js";
import { runTool } from "./runTool.js";
import { uf2 } from "./uf2.js";

/** Flags of every C file; printed into exported Makefiles too. */
export const C_FLAGS: readonly string[] = [
  "-std=c11",
  "-Wall",
  "-Wextra",
  "-g",
  "-ffunction-sections",
  "-fdata-sections",
];

/** For link and boot: they wait for bytes anyway. */
export const FIRMWARE_OPTIMIZATION = "-Os";

/**
 * A folder's path as debug information has it: the same firmware is the same file wherever it was built. GCC 8, clang 10.
 */
const withoutPath = (folder: string, name: string): string => `-ffile-prefix-map=${folder}=${name}`;

/** For the host firmware under test. */
const SANITIZER_FLAGS = [
  "-fsanitize=address,undefined",
  "-fno-sanitize-recover=all",
  "-fno-omit-frame-pointer",
];

/**
 * For the network. With GNU C its file asks for them by itself (codegen/printPrologue.ts); others need to be told.
 * -Os would keep sums in memory: kws would take 70 % more instructions for 1.5 % less flash.
 */
export const NETWORK_FLAGS: readonly string[] = ["-O2"];

/** One C file of the user's network, with its own flags after all others. */
export interface CSource {
  readonly path: string;
  readonly flags?: readonly string[];
}

export interface CompileOptions {
  readonly board: Board;
  /** Beside the board's own: the network. */
  readonly sources: readonly CSource[];
  /** Where network.h is. */
  readonly includeDirectories: readonly string[];
  /** Made when missing. */
  readonly outputDirectory: string;
  /** File name without its ending. Default "firmware". */
  readonly name?: string;
  /** The board's sources come from here. Default: this package's firmware/. */
  readonly firmware?: string;
  /** Optimization of `sources`. Default "-O2". */
  readonly optimize?: string;
  /** A warning is an error: for tests, not for whoever has another compiler. */
  readonly strict?: boolean;
  /** Address and undefined-behaviour sanitizers; for the host only. */
  readonly sanitize?: boolean;
}

/** Bytes of the sections of an image. */
export interface ImageSizes {
  /** All that goes to flash: code, constants and initial values. */
  readonly flashBytes: number;
  readonly arenaBytes: number;
  /** Variables besides the arena. */
  readonly staticRamBytes: number;
  readonly stackBytes: number;
}

export interface FirmwareImage {
  /** The ELF file; on the host the executable. */
  readonly elf: string;
  /** Only for boards with flash, as `hex` and `sizes`. */
  readonly bin?: string;
  readonly hex?: string;
  /** For boards that are flashed by one. */
  readonly uf2?: string;
  readonly sizes?: ImageSizes;
}

/** Compiler flags but for optimization and warnings' likes: target and include directories. */
export function targetFlags(board: Board, firmware: string): string[] {
  return [
    ...board.cpuFlags,
    ...board.includeDirectories.map((directory) => `-I${join(firmware, directory)}`),
  ];
}

/** Linker flags. `firmware` is where the linker script's path starts. */
export function linkFlags(board: Board, firmware: string): string[] {
  if (board.linkerScript === undefined) return [...board.cpuFlags];
  return [
    ...board.cpuFlags,
    "-nostartfiles",
    board.compiler === "arm-none-eabi-gcc" ? "--specs=nano.specs" : "-nolibc",
    "-Wl,--gc-sections",
    "-Wl,--fatal-warnings",
    ...new Set((board.linkerIncludes ?? []).map((file) => `-L${join(firmware, dirname(file))}`)),
    "-T",
    join(firmware, board.linkerScript),
  ];
}

/**
 * Compiles the board's firmware around a network.
 *
 * @throws UserError when the compiler is missing, or with its own lines when it refuses a file.
 */
export async function compileFirmware(options: CompileOptions): Promise<FirmwareImage> {
  const { board, outputDirectory } = options;
  const firmware = resolve(options.firmware ?? firmwareDirectory);
  const shared = [
    ...C_FLAGS,
    ...(options.strict ? ["-Werror"] : []),
    ...targetFlags(board, firmware),
    ...options.includeDirectories.map((directory) => `-I${resolve(directory)}`),
    // the last that fits counts
    ...options.includeDirectories.map((directory) => withoutPath(resolve(directory), ".")),
    withoutPath(firmware, "firmware"),
    ...(options.sanitize ? SANITIZER_FLAGS : []),
  ];
  const sources = [
    ...board.sources.map((path) => ({ path: join(firmware, path), flags: [FIRMWARE_OPTIMIZATION] })),
    ...options.sources.map(({ path, flags = [] }) => ({
      path,
      flags: [options.optimize ?? "-O2", ...flags],
    })),
  ];
  await makeOutputDirectory(outputDirectory);
  const jobs = compileJobs(sources, availableParallelism());
  const objectOf = new Map<CSource, string>();
  await allEnded(
    jobs.map(async (job, index) => {
      const folder = join(outputDirectory, `objects-${index}`);
      await makeOutputDirectory(folder);
      for (const source of job) objectOf.set(source, join(folder, `${basename(source.path, ".c")}.o`));
      const paths = job.map(({ path }) => path);
      const files = paths.map((path) => resolve(path));
      await compile(
        board,
        paths,
        [...shared, withoutPath(resolve(folder), "."), ...job[0]!.flags, "-c", ...files],
        folder,
      );
    }),
  );
  const objects = sources.map((source) => objectOf.get(source)!);
  const stem = join(outputDirectory, options.name ?? "firmware");
  const ending = process.platform === "win32" ? ".exe" : "";
  const elf = board.linkerScript === undefined ? `${stem}${ending}` : `${stem}.elf`;
  const sanitizers = options.sanitize ? SANITIZER_FLAGS : [];
  await compile(
    board,
    [basename(elf)],
    [...linkFlags(board, firmware), ...sanitizers, ...objects, "-o", elf],
  );
  return board.linkerScript === undefined ? { elf } : await describeImage(board, stem, elf);
}

/** As Promise.all, but where one fails the others have ended too: none writes into folders that the next build uses. */
async function allEnded(jobs: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(jobs)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/** The compiler would tell of a folder it cannot write to once a file, as if the files were at fault. */
async function makeOutputDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UserError(
      `cannot write to the folder ${path}: ${(cause as Error).message}`,
      "check that no file has that name, that you may write there, and that the disk is not full",
      { cause },
    );
  }
}

/**
 * Divides sources among at most `count` calls of the compiler for each set of flags, and more where names repeat:
 * objects are named by their sources. To start a program costs Node half of what a small file costs the compiler.
 */
function compileJobs(sources: readonly Required<CSource>[], count: number): Required<CSource>[][] {
  const jobs: Required<CSource>[][] = [];
  for (const source of sources) {
    const same = jobs.filter(([first]) => first!.flags.join(" ") === source.flags.join(" "));
    const free = same
      .filter((job) => job.every(({ path }) => basename(path) !== basename(source.path)))
      .toSorted((one, other) => one.length - other.length);
    if (free.length > 0 && same.length >= count) free[0]!.push(source);
    else jobs.push([source]);
  }
  return jobs;
}

/** The compiler writes objects into the folder where it runs. */
async function compile(
  board: Board,
  whats: readonly string[],
  args: readonly string[],
  cwd = ".",
): Promise<void> {
  const { exitCode, stderr } = await runTool(board.compiler, args, { cwd });
  if (exitCode === 0) return;
  const refused = whats.find((what) => stderr.includes(what)) ?? whats.join(", ");
  throw new UserError(`${board.compiler} refused ${refused}:\n${firstLines(stderr)}`);
}

/** Of a compiler's complaints the first ones explain the others. */
function firstLines(text: string): string {
  const lines = text.trimEnd().split("\n");
  const shown = lines.slice(0, 20);
  return [
    ...shown,
    ...(lines.length > shown.length ? [`… and ${lines.length - shown.length} more lines`] : []),
  ].join("\n");
}

async function describeImage(board: Board, stem: string, elf: string): Promise<FirmwareImage> {
  const [bin, hex] = [`${stem}.bin`, `${stem}.hex`];
  const prefix = board.compiler.replace(/gcc$/, "");
  const run = async (tool: string, args: readonly string[]) => {
    const result = await runTool(prefix + tool, args, { packageTool: board.compiler });
    if (result.exitCode !== 0) throw new UserError(`${prefix}${tool} failed:\n${result.stderr.trimEnd()}`);
    return result.stdout;
  };
  const [table] = await Promise.all([
    run("size", ["-A", "-d", elf]),
    run("objcopy", ["-O", "binary", elf, bin]),
    run("objcopy", ["-O", "ihex", elf, hex]),
  ]);
  const uf2File = board.flashedBy?.includes("uf2") ? await writeUf2(board, stem, bin) : undefined;
  return { elf, bin, hex, ...(uf2File && { uf2: uf2File }), sizes: parseSizes(table) };
}

async function writeUf2({ flashAddress }: Board, stem: string, bin: string): Promise<string> {
  const image = await readFile(bin);
  expectBoot2(image);
  const path = `${stem}.uf2`;
  await writeFile(path, uf2(image, flashAddress));
  return path;
}

/** Reads the table of `size -A -d`: one section a line, name and bytes. */
function parseSizes(table: string): ImageSizes {
  const bytes = (section: string) => {
    const line = new RegExp(`^\\.${section}\\s+(\\d+)`, "m").exec(table);
    return line === null ? 0 : Number(line[1]);
  };
  return {
    flashBytes: bytes("text") + bytes("data"),
    arenaBytes: bytes("arena"),
    staticRamBytes: bytes("data") + bytes("bss"),
    stackBytes: bytes("stack"),
  };
}
