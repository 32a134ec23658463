import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chips, stm32f103, stm32f405, stm32l475 } from "../../src/flash/chips.js";
import { otherFlashers } from "../../src/flash/otherFlashers.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { pinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const programs = join(folder, "programs");
mkdirSync(programs);
const image = join(folder, "an image.bin");
writeFileSync(image, Uint8Array.of(1, 2, 3, 4));
const withPrograms = { env: { ...process.env, PATH: `${programs}:${process.env.PATH}` } };

/** A program that writes down its arguments, one a line. */
function stub(program: string, ending = "exit 0"): string {
  const log = join(folder, `${program}.log`);
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" >> "${log}"\n${ending}\n`;
  writeFileSync(join(programs, program), script, { mode: 0o755 });
  return log;
}

describe("flash --with", () => {
  it.each([
    ["st-flash", ["--reset", "write", image, "0x08000000"]],
    [
      "openocd",
      [
        ...["-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg"],
        ...["-c", `program {${image}} verify reset exit 0x08000000`],
      ],
    ],
    [
      "dfu-util",
      ["--device", "0483:df11", "--alt", "0", "--dfuse-address", "0x08000000:leave", "--download", image],
    ],
    [
      "probe-rs",
      [
        ...["download", "--chip", "STM32F405RGTx", "--verify"],
        ...["--binary-format", "bin", "--base-address", "0x08000000", image],
        ...["reset", "--chip", "STM32F405RGTx"],
      ],
    ],
  ])("%s hands it the image, each argument whole", (program, expected) => {
    const log = stub(program);
    const { code, stdout } = pinfer(["flash", image, "--with", program], withPrograms);
    expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^flashed with ${program}: `))]);
    expect(readFileSync(log, "utf8").trimEnd().split("\n")).toEqual(expected);
  });

  it("shows what a program said that fails, and what was typed", () => {
    stub("st-flash", "echo out; echo cannot find a probe >&2; exit 3");
    expect(fail(["flash", image, "--with", "st-flash"], withPrograms)).toEqual({
      error: "st-flash ended with 3:\n  out\n  cannot find a probe",
      hint: `it reaches the board by an ST-LINK; the command was: st-flash --reset write '${image}' 0x08000000`,
    });
  });

  it("says what is not installed, and what is not known", () => {
    const nothing = { env: { PATH: "/nowhere" } };
    expect(fail(["flash", image, "--with", "probe-rs"], nothing)).toEqual({
      error: "probe-rs is not installed",
      hint: "how to install it: https://probe.rs/docs/getting-started/installation",
    });
    expect(fail(["flash", image, "--with", "st-flash"], nothing).hint).toMatch(/stlink/);
    expect(fail(["flash", image, "--with", "jlink"])).toEqual({
      error: 'no flasher is called "jlink"',
      hint: "known: st-flash, openocd, dfu-util, probe-rs",
    });
  });

  it("types the command only, with --dry-run", () => {
    const { stdout } = pinfer(["flash", image, "--with", "dfu-util", "--dry-run"]);
    expect(stdout).toBe(
      `dfu-util --device 0483:df11 --alt 0 --dfuse-address 0x08000000:leave --download '${image}'\n`,
    );
  });
});

describe("other flashers", () => {
  const job = { file: "a.bin", address: 0x08000000 };
  const openocd = otherFlashers.get("openocd")!;

  it("are told the chip by their own names for it", () => {
    const targetOf = (chip: typeof stm32f405) => openocd.calls({ ...job, chip })[0].arguments[3];
    expect([stm32f405, stm32l475, stm32f103].map(targetOf)).toEqual([
      ...["target/stm32f4x.cfg", "target/stm32l4x.cfg", "target/stm32f1x.cfg"],
    ]);
    for (const chip of chips) expect(targetOf(chip)).toMatch(/^target\/stm32[fgl][0-4]x\.cfg$/);
  });

  it("are not given a path that Tcl would take apart", () => {
    expect(() => openocd.calls({ ...job, chip: stm32f405, file: "a}; exit; {.bin" })).toThrow(
      "OpenOCD cannot be given the path a}; exit; {.bin",
    );
  });
});
