import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Board } from "../../src/board/board.js";
import { findDrive, readMounts } from "../../src/board/boardDrive.js";
import { boards, findBoard } from "../../src/board/boards.js";
import { boot2Crc } from "../../src/board/rp2040Image.js";
import { adviceFor, expectWay } from "../../src/cli/flashWays.js";
import { type Chip, chips, stm32f103, stm32f405, stm32l475 } from "../../src/flash/chips.js";
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
    [
      "cubeprogrammer",
      ["--connect", "port=SWD", "--write", image, "0x08000000", "--verify", "--start", "0x08000000"],
    ],
  ])("%s hands it the image, each argument whole", (program, expected) => {
    const log = stub(program === "cubeprogrammer" ? "STM32_Programmer_CLI" : program);
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
    expect(fail(["flash", image, "--with", "cubeprogrammer"], nothing)).toEqual({
      error: "STM32_Programmer_CLI is not installed",
      hint: "how to install it: https://www.st.com/en/development-tools/stm32cubeprog.html",
    });
    expect(fail(["flash", image, "--with", "jlink"])).toEqual({
      error: 'no flasher is called "jlink"',
      hint: "known: drive, st-flash, openocd, dfu-util, cubeprogrammer, probe-rs",
    });
  });

  it("types the command only, with --dry-run", () => {
    const { stdout } = pinfer(["flash", image, "--with", "dfu-util", "--dry-run"]);
    expect(stdout).toBe(
      `dfu-util --device 0483:df11 --alt 0 --dfuse-address 0x08000000:leave --download '${image}'\n`,
    );
  });
});

describe("a board that cannot be flashed that way", () => {
  it.each(["bluepill-f103c8", "nucleo-f446re", "nucleo-g071rb"])(
    "is told of dfu-util: %s has no loader with USB",
    (board) => {
      const { error, hint } = fail(["flash", image, "--with", "dfu-util", "--board", board]);
      expect(error).toMatch(/has no ROM loader that is reached by USB: --with dfu-util cannot flash it$/);
      expect(hint).toMatch(/^it is flashed (over the link's cable|by the ST-LINK)/);
    },
  );

  it("is told of a drive that it has not", () => {
    expect(fail(["flash", image, "--with", "drive", "--board", "blackpill-f411ce"])).toEqual({
      error:
        'board "blackpill-f411ce" (STM32F411CE) has no ST-LINK that shows a drive: --with drive cannot flash it',
      hint:
        "it is flashed over the link's cable, through the ROM loader (--port); " +
        "over USB, through the ROM loader (--with dfu-util); is it another board? --board names it",
    });
  });

  it("is refused by its chip where its board.json says nothing", () => {
    const board = { id: "mine", mcu: "STM32F103C8", productId: 0x410 } as Board;
    expect(() => expectWay(board, "dfu-util")).toThrow("--with dfu-util cannot flash it");
    expect(() => expectWay(board, "drive")).not.toThrow();
    expect(() => expectWay({ ...board, productId: 0x431 }, "dfu-util")).not.toThrow();
  });

  it("has a way in every board.json, and its advice where that is not the link's cable", () => {
    const own = boards.filter(({ limits }) => limits !== undefined);
    for (const board of own) {
      expect(board.flashedBy!.length, board.id).toBeGreaterThan(0);
      expect(adviceFor(board) === undefined, board.id).toBe(board.flashedBy!.includes("cable"));
    }
    expect(adviceFor(findBoard("nucleo-f446re"))).toBe(
      'the ROM loader of board "nucleo-f446re" does not listen where its link is wired: it is flashed by the ST-LINK ' +
        "on the board (--with st-flash, openocd, probe-rs or cubeprogrammer); by copying to the ST-LINK's drive (--with drive)",
    );
  });
});

describe("flash --with drive", () => {
  const nucleo = ["flash", image, "--with", "drive", "--board", "nucleo-f446re"];
  const drive = join(folder, "NODE F446RE");
  mkdirSync(drive);

  it("refuses a folder that is no ST-LINK's drive", () => {
    expect(fail([...nucleo, "--drive", drive]).error).toBe(
      `${drive} is no drive of an ST-LINK: it has neither MBED.HTM nor DETAILS.TXT`,
    );
  });

  it("copies the image there, and says what the ST-LINK's FAIL.TXT says", () => {
    writeFileSync(join(drive, "DETAILS.TXT"), "Version: 0221\n");
    const planned = pinfer([...nucleo, "--drive", drive, "--dry-run"]);
    expect(planned.stdout).toBe(`copy 4 B to ${drive}\n`);
    expect(existsSync(join(drive, "firmware.bin"))).toBe(false);
    const { code, stdout } = pinfer([...nucleo, "--drive", drive]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`copied to ${join(drive, "firmware.bin")}`)]);
    expect(readFileSync(join(drive, "firmware.bin"))).toEqual(readFileSync(image));
    writeFileSync(join(drive, "FAIL.TXT"), "The target is write protected\n");
    expect(fail([...nucleo, "--drive", drive]).error).toBe(
      "the ST-LINK did not take the image: The target is write protected",
    );
  });

  it("takes images for the start of flash only", () => {
    expect(fail([...nucleo, "--drive", drive, "--address", "0x08004000"]).error).toBe(
      "the image goes to 0x08004000; an ST-LINK's drive writes to 0x08000000",
    );
  });

  it("finds the one that is mounted, by what is on it", () => {
    const mounts = readMounts(
      `/dev/sda1 / ext4 rw 0 0\n/dev/sdb ${drive.replace(" ", "\\040")} vfat rw 0 0\nproc /proc proc rw 0 0\n`,
    );
    expect(mounts).toEqual(["/", drive, "/proc"]);
    expect(findDrive(mounts)).toBe(drive);
    expect(() => findDrive([folder])).toThrow("no drive of an ST-LINK is mounted");
    expect(() => findDrive([drive, drive])).toThrow(`2 such drives are mounted: ${drive}, ${drive}`);
  });
});

describe("other flashers", () => {
  const job = { file: "a.bin", address: 0x08000000 };
  const openocd = otherFlashers.get("openocd")!;

  it("are told the chip by their own names for it", () => {
    const targetOf = ({ productId }: Pick<Chip, "productId">) =>
      openocd.calls({ ...job, productId })[0].arguments[3];
    expect([stm32f405, stm32l475, stm32f103].map(targetOf)).toEqual([
      ...["target/stm32f4x.cfg", "target/stm32l4x.cfg", "target/stm32f1x.cfg"],
    ]);
    for (const chip of chips) expect(targetOf(chip)).toMatch(/^target\/stm32([fgl][0-4]|h7)x\.cfg$/);
  });

  it("are not given a path that Tcl would take apart", () => {
    expect(() => openocd.calls({ ...job, productId: stm32f405.productId, file: "a}; exit; {.bin" })).toThrow(
      "OpenOCD cannot be given the path a}; exit; {.bin",
    );
  });
});

describe("a Pico's drive", () => {
  const drive = join(folder, "RPI-RP2");
  mkdirSync(drive);
  // What `pinfer build` made of the smallest image that the boot ROM starts: test/board/pico.test.ts has real ones.
  const bin = join(folder, "pico.bin");
  const data = new Uint8Array(300).fill(7);
  new DataView(data.buffer).setUint32(252, boot2Crc(data), true);
  writeFileSync(bin, data);
  const flash = ["flash", bin, "--board", "pico", "--with", "drive", "--drive", drive];

  it("is known by what its file says, and takes blocks that tell where they go", () => {
    expect(fail(flash).error).toBe(
      `${drive} is no drive of a board whose BOOTSEL was held: it has no INFO_UF2.TXT of RPI-RP2`,
    );
    writeFileSync(join(drive, "INFO_UF2.TXT"), "UF2 Bootloader v3.0\nBoard-ID: SAMD21\n");
    expect(fail(flash).error).toContain("is no drive of a board");
    writeFileSync(
      join(drive, "INFO_UF2.TXT"),
      "UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n",
    );
    const { code, stdout } = pinfer(flash);
    expect([code, stdout]).toEqual([
      0,
      `copied to ${join(drive, "firmware.uf2")}: the board writes it, starts it, and the drive goes\n`,
    ]);
    const file = readFileSync(join(drive, "firmware.uf2"));
    expect(file.length).toBe(2 * 512);
    const words = (block: number) =>
      Array.from({ length: 8 }, (_, i) => file.readUInt32LE(512 * block + 4 * i));
    const magic = [0x0a324655, 0x9e5d5157, 0x2000];
    expect(words(0)).toEqual([...magic, 0x10000000, 256, 0, 2, 0xe48bff56]);
    expect(words(1)).toEqual([...magic, 0x10000100, 256, 1, 2, 0xe48bff56]);
    expect(file.subarray(32, 32 + 256)).toEqual(Buffer.from(data.subarray(0, 256)));
    expect([...file.subarray(512 + 32, 512 + 32 + 256)]).toEqual([
      ...data.subarray(256),
      ...Array(212).fill(0),
    ]);
    expect([file.readUInt32LE(508), file.readUInt32LE(1020)]).toEqual([0x0ab16f30, 0x0ab16f30]);
  });

  it("gets nothing that the boot ROM would not start", () => {
    expect(fail([...flash, "--address", "0x10001000"]).error).toBe(
      "the image goes to 0x10001000; the boot ROM starts what is at 0x10000000",
    );
    expect(fail(["flash", image, ...flash.slice(2)]).error).toMatch(
      /^the boot ROM would not start this image: /,
    );
  });

  it("is the only way: the ROM has no loader at a serial port, and pinfer knows no probe's name for the chip", () => {
    const serial = fail(["flash", bin, "--board", "pico", "--dry-run"]);
    expect(serial.error).toBe('board "pico" has no ROM loader that a serial port reaches');
    expect(serial.hint).toMatch(/^it is flashed by copying firmware.uf2 to the drive RPI-RP2/);
    expect(() => expectWay(findBoard("pico"), "openocd")).toThrow(
      'pinfer flashes board "pico" (RP2040) by its drive: --with openocd cannot',
    );
  });
});
