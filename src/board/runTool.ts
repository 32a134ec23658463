import { type ExecFileException, execFile } from "node:child_process";
import { UserError } from "../base/errors.js";

/** How to get a tool, by platform; Linux stands for Debian and Ubuntu. What has no package has a page. */
type InstallHint = { readonly apt: string; readonly brew: string } | { readonly page: string };

const TOOLS: Readonly<Record<string, InstallHint>> = {
  "arm-none-eabi-gcc": {
    apt: "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    brew: "--cask gcc-arm-embedded",
  },
  "riscv64-unknown-elf-gcc": {
    apt: "gcc-riscv64-unknown-elf",
    brew: "riscv64-elf-gcc",
  },
  "qemu-system-arm": { apt: "qemu-system-arm", brew: "qemu" },
  "qemu-system-riscv32": { apt: "qemu-system-misc", brew: "qemu" },
  gcc: { apt: "gcc libc6-dev", brew: "gcc" },
  script: { apt: "bsdutils", brew: "util-linux" },
  "st-flash": { apt: "stlink-tools", brew: "stlink" },
  STM32_Programmer_CLI: { page: "https://www.st.com/en/development-tools/stm32cubeprog.html" },
  "probe-rs": { page: "https://probe.rs/docs/getting-started/installation" },
};

/** The command that installs a tool here. */
export function installCommand(tool: string, platform: NodeJS.Platform = process.platform): string {
  const hint = TOOLS[tool] ?? { apt: tool, brew: tool };
  if (platform === "win32") return `install ${tool}, and put its folder on PATH`;
  if ("page" in hint) return `how to install it: ${hint.page}`;
  return platform === "darwin" ? `brew install ${hint.brew}` : `sudo apt-get install ${hint.apt}`;
}

/** The error for a tool that is not on PATH. */
export function missingTool(tool: string): UserError {
  return new UserError(`${tool} is not installed`, `${installCommand(tool)}`);
}

export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  /** Whose package brings the program, for the hint. Default: the program's own. */
  readonly packageTool?: string;
  /** Where it runs. Default: where this process does. */
  readonly cwd?: string;
}

/** Why a program did not run to its end: the system ended it, or did not let it begin. */
function startError(program: string, error: ExecFileException): UserError {
  const options = { cause: error };
  if (error.signal) {
    return new UserError(
      `${program} was ended by the signal ${error.signal} before it was done`,
      error.signal === "SIGKILL"
        ? "often that means too little memory: end other programs and try again"
        : "try again; if it happens again, the program itself is at fault",
      options,
    );
  }
  return new UserError(
    `${program} cannot be started: ${error.message}`,
    `is the ${program} on your PATH a program that you may run?`,
    options,
  );
}

/**
 * Runs a program of `PATH` to its end, without a shell.
 *
 * @throws UserError with the command to install it when it is missing, and when it was ended from outside
 */
export function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const { packageTool = program, cwd } = options;
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ exitCode: error.code, stdout, stderr });
      else if (error.code === "ENOENT") reject(missingTool(packageTool));
      else reject(startError(program, error));
    });
  });
}
