import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { pinfer } from "./pinfer.js";

const emptyPath = mkdtempSync(join(tmpdir(), "pinfer-doctor-"));
afterAll(() => rmSync(emptyPath, { recursive: true }));

const stub = (program: string, script: string): void =>
  writeFileSync(join(emptyPath, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

describe("pinfer doctor", () => {
  it("finds all that the tests themselves need", () => {
    const { code, stdout } = pinfer(["doctor"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +arm-none-eabi-gcc +arm-none-eabi-gcc .*\d+\.\d+/m);
    expect(stdout).toMatch(/^ok +script +script from util-linux /m);
    expect(stdout).toMatch(/^ok +qemu-system-arm +QEMU emulator version .*; machines: .+/m);
  });

  it("ends with 1 on an empty PATH, says what each is for and how it gets there", () => {
    const { code, stdout } = pinfer(["doctor"], { env: { PATH: emptyPath } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^MISSING +arm-none-eabi-gcc +none; compiles the generated C for the board$/m);
    expect(stdout).toMatch(/^MISSING +qemu-system-arm +none; is the virtual board$/m);
    expect(stdout).toMatch(/^MISSING +script +none; gives the virtual board its serial port$/m);
    expect(stdout).toMatch(
      /^missing +other flashers +none; st-flash, openocd, dfu-util, cubeprogrammer, probe-rs for flash --with$/m,
    );
    expect(stdout).toMatch(
      /^missing +gcc +none; compiles the generated C for this machine: compare --host-c$/m,
    );
    expect(stdout).toContain(
      "  qemu-system-arm: install it with your system's package manager (Debian calls it qemu-system-arm)\n",
    );
    expect(stdout).toContain("something that export, build or the virtual board need is missing\n");
  });

  it("tells an emulator without our machines, and the package manager's command", () => {
    stub(
      "qemu-system-arm",
      '[ "$1" = --version ] && echo QEMU emulator version 1.0 || echo "none  empty machine"',
    );
    stub("apt-get", "exit 0");
    const { code, stdout } = pinfer(["doctor", "--json"], { env: { PATH: emptyPath } });

    expect(code).toBe(1);
    const { healthy, checks } = JSON.parse(stdout);
    expect(healthy).toBe(false);
    expect(checks).toContainEqual({
      ...{ name: "qemu-system-arm", isFound: false, isNeeded: true },
      detail:
        "is the virtual board (QEMU emulator version 1.0 has none of the machines olimex-stm32-h405, netduinoplus2, " +
        "b-l475e-iot01a, stm32vldiscovery)",
      mend: "sudo apt-get install qemu-system-arm",
    });
  });
});

describe("an emulator that is older than a board", () => {
  it("is told with the version that the board needs", () => {
    stub(
      "qemu-system-arm",
      '[ "$1" = --version ] && echo QEMU emulator version 7.2 || printf "netduinoplus2  x\\nstm32vldiscovery x\\n"',
    );
    const { stdout } = pinfer(["doctor"], { env: { PATH: emptyPath } });
    expect(stdout).toContain(
      "QEMU emulator version 7.2; machines: netduinoplus2, stm32vldiscovery; board b-l475e-iot01a needs QEMU >= 9.1\n",
    );
  });
});

describe("pinfer boards", () => {
  it("lists every board with its chip and memory", () => {
    expect(pinfer(["boards"]).stdout).toMatch(
      /^olimex-stm32-h405 .*STM32F405RG +Cortex-M4F +1024 KB +128 KB/m,
    );
  });

  it("prints the same as JSON", () => {
    const { boards } = JSON.parse(pinfer(["boards", "--json"]).stdout);
    expect(boards[0]).toMatchObject({ id: "olimex-stm32-h405", flashBytes: 1048576, ramBytes: 131072 });
  });
});
