import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { withTemporaryFolder } from "../support/compileC.js";

/** A compiler with its C++ twin and a machine that runs what they make. */
export interface Target {
  readonly name: string;
  readonly c: string;
  readonly cpp: string;
  readonly flags: readonly string[];
  readonly link: readonly string[];
  /** The command that runs a program, whose path comes behind it. */
  readonly run: readonly string[];
  /** Why its tests are skipped; undefined where they run. */
  readonly missing: string | undefined;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const isThere = (tool: string) => spawnSync(tool, ["--version"]).error === undefined;
const firstThere = (...tools: string[]) => tools.find((tool) => isThere(tool)) ?? tools[0];

function missing(hint: string, ...tools: string[]): string | undefined {
  const absent = tools.filter((tool) => !isThere(tool));
  return absent.length === 0 ? undefined : `needs ${absent.join(", ")}: ${hint}`;
}

const clang = firstThere("clang", "clang-19", "clang-16", "clang-14");
const armLink = ["-nostartfiles", "--specs=nosys.specs", "-Wl,--gc-sections", "-T", here("arm/link.ld")];

export const targets = {
  gcc: {
    name: "g++",
    ...{ c: "gcc", cpp: "g++", flags: [], link: [], run: [] },
    missing: missing("apt-get install g++", "gcc", "g++"),
  },
  clang: {
    name: "clang++",
    ...{ c: clang, cpp: clang.replace("clang", "clang++"), flags: [], link: [], run: [] },
    missing: missing("apt-get install clang", clang, clang.replace("clang", "clang++")),
  },
  arm: {
    name: "arm-none-eabi-g++ on QEMU's Cortex-M4",
    c: "arm-none-eabi-gcc",
    cpp: "arm-none-eabi-g++",
    flags: ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft", "-ffunction-sections", "-fdata-sections"],
    link: [here("arm/startup.c"), ...armLink],
    run: [
      ...["qemu-system-arm", "-M", "mps2-an386", "-display", "none", "-monitor", "none", "-serial", "none"],
      ...["-icount", "shift=0", "-chardev", "stdio,id=console"],
      ...["-semihosting-config", "enable=on,target=native,chardev=console", "-kernel"],
    ],
    missing: missing(
      "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm",
      ...["arm-none-eabi-gcc", "arm-none-eabi-g++", "qemu-system-arm"],
    ),
  },
  avr: {
    name: "avr-g++ on simavr's ATmega2560",
    ...{ c: "avr-gcc", cpp: "avr-g++", flags: ["-mmcu=atmega2560"], link: [] },
    // it prints what the chip sends with colours, to its standard error
    run: ["sh", "-c", 'exec simavr -m atmega2560 -f 16000000 "$0" 2>&1'],
    missing:
      missing("apt-get install gcc-avr avr-libc simavr", "avr-gcc", "avr-g++") ??
      (isThere("simavr") ? undefined : "needs simavr: apt-get install simavr"),
  },
} as const satisfies Record<string, Target>;

export interface ProgramOptions {
  /** For .c files. */
  readonly cFlags?: readonly string[];
  /** For all files. */
  readonly flags?: readonly string[];
}

/**
 * Compiles .c and .cpp files for a target, each with its own compiler and every warning an error, links them and runs
 * the program.
 *
 * @returns the numbers that it prints, one a line
 */
export function runOn(
  target: Target,
  files: Readonly<Record<string, string>>,
  { cFlags = ["-O2"], flags = [] }: ProgramOptions = {},
): number[] {
  return withTemporaryFolder((folder) => {
    const run = (tool: string, args: readonly string[]) =>
      execFileSync(tool, args, { cwd: folder, stdio: "pipe", encoding: "utf8", maxBuffer: 2 ** 26 });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const common = [
      ...target.flags,
      "-Wall",
      "-Wextra",
      "-Werror",
      `-I${here(".")}`,
      `-I${firmwareDirectory}`,
      ...flags,
      "-c",
    ];
    const objects = Object.keys(files).flatMap((name) => {
      const isC = name.endsWith(".c");
      if (!isC && !name.endsWith(".cpp")) return [];
      const own = isC ? cFlags : ["-O1", "-fno-exceptions", "-fno-rtti"];
      run(isC ? target.c : target.cpp, [...common, ...own, name, "-o", `${name}.o`]);
      return [`${name}.o`];
    });
    // C's linker: nothing of C++'s library is needed, and nobody has it for every chip
    run(target.c, [...target.flags, ...objects, ...target.link, "-o", "program"]);
    const [tool = "./program", ...args] = target.run;
    const output = run(tool, target.run.length > 0 ? [...args, "program"] : []);
    // a line may begin with a colour and end with the dot of a character that cannot be printed
    return output.split("\n").flatMap((line) => /(?:^|m)(-?\d+)\.?$/.exec(line)?.slice(1).map(Number) ?? []);
  });
}
