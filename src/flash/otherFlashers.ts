import { UserError } from "../base/errors.js";
import { hex } from "./planFlash.js";

/** What another program is asked to flash. */
export interface FlashJob {
  /** Of the chip, as its loader answers Get ID. */
  readonly productId: number;
  /** A .bin. */
  readonly file: string;
  readonly address: number;
}

export interface ProgramCall {
  readonly program: string;
  readonly arguments: readonly string[];
}

interface OtherFlasher {
  /** What it reaches the board by. */
  readonly by: string;
  /** The program's own name, where it is another. */
  readonly program?: string;
  readonly calls: (job: FlashJob) => readonly ProgramCall[];
}

/** OpenOCD's target file and probe-rs's chip, by product ID. */
const names: ReadonlyMap<number, { readonly openocd: string; readonly probeRs: string }> = new Map([
  [0x413, { openocd: "stm32f4x", probeRs: "STM32F405RGTx" }],
  [0x415, { openocd: "stm32l4x", probeRs: "STM32L475VGTx" }],
  [0x410, { openocd: "stm32f1x", probeRs: "STM32F103RBTx" }],
  [0x420, { openocd: "stm32f1x", probeRs: "STM32F100RBTx" }],
  [0x421, { openocd: "stm32f4x", probeRs: "STM32F446RETx" }],
  [0x467, { openocd: "stm32g0x", probeRs: "STM32G0B1RETx" }],
  [0x470, { openocd: "stm32l4x", probeRs: "STM32L4R5ZITx" }],
  [0x433, { openocd: "stm32f4x", probeRs: "STM32F401RETx" }],
  [0x460, { openocd: "stm32g0x", probeRs: "STM32G071RBTx" }],
  [0x450, { openocd: "stm32h7x", probeRs: "STM32H743ZITx" }],
  [0x482, { openocd: "stm32u5x", probeRs: "STM32U575ZITxQ" }],
  [0x431, { openocd: "stm32f4x", probeRs: "STM32F411RETx" }],
]);

function nameOf(productId: number, tool: "openocd" | "probeRs"): string {
  const name = names.get(productId)?.[tool];
  if (name === undefined) throw new Error(`no name for product ID ${productId}`);
  return name;
}

/** Braces keep Tcl from reading anything into a path, but for braces and backslashes themselves. */
function tclWord(path: string): string {
  if (/[{}\\]/.test(path)) {
    throw new UserError(
      `OpenOCD cannot be given the path ${path}`,
      "put the image into a folder without braces and backslashes in its name",
    );
  }
  return `{${path}}`;
}

/** Each writes, verifies where it can, and starts the program. */
export const otherFlashers: ReadonlyMap<string, OtherFlasher> = new Map([
  [
    "st-flash",
    {
      by: "an ST-LINK",
      calls: ({ file, address }) => [
        { program: "st-flash", arguments: ["--reset", "write", file, hex(address)] },
      ],
    },
  ],
  [
    "openocd",
    {
      by: "an ST-LINK",
      calls: ({ productId, file, address }) => [
        {
          program: "openocd",
          arguments: [
            ...["-f", "interface/stlink.cfg", "-f", `target/${nameOf(productId, "openocd")}.cfg`],
            ...["-c", `program ${tclWord(file)} verify reset exit ${hex(address)}`],
          ],
        },
      ],
    },
  ],
  [
    "dfu-util",
    {
      by: "USB, with BOOT0 high",
      calls: ({ file, address }) => [
        {
          program: "dfu-util",
          arguments: [
            ...["--device", "0483:df11", "--alt", "0"],
            ...["--dfuse-address", `${hex(address)}:leave`, "--download", file],
          ],
        },
      ],
    },
  ],
  [
    "cubeprogrammer",
    {
      by: "an ST-LINK",
      program: "STM32_Programmer_CLI",
      calls: ({ file, address }) => [
        {
          program: "STM32_Programmer_CLI",
          arguments: [
            ...["--connect", "port=SWD", "--write", file, hex(address)],
            "--verify",
            "--start",
            hex(address),
          ],
        },
      ],
    },
  ],
  [
    "probe-rs",
    {
      by: "a debug probe",
      calls: ({ productId, file, address }) => {
        const which = ["--chip", nameOf(productId, "probeRs")];
        const image = ["--binary-format", "bin", "--base-address", hex(address), file];
        return [
          { program: "probe-rs", arguments: ["download", ...which, "--verify", ...image] },
          { program: "probe-rs", arguments: ["reset", ...which] },
        ];
      },
    },
  ],
]);
