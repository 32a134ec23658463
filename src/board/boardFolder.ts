import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { UserError } from "../base/errors.js";
import { Fields } from "../base/fields.js";
import { readText } from "../base/files.js";
import { oneLine } from "../base/printable.js";
import { findTarget } from "../program/target.js";
import {
  type Board,
  type BoardPins,
  type ClockLimits,
  type FlashWait,
  type FlashWay,
  flashWays,
} from "./board.js";
import { expectAgreement } from "./expectAgreement.js";
import { parsePin, pinForms, pinName, pinRange } from "./pinNames.js";

/** C files and headers that every board has, relative to firmware/. */
export const sharedFiles = {
  sources: ["main.c", "serve.c", "batch.c", "health.c", "inference.c", "link.c", "crc32.c"],
  headers: [
    ...[
      "batch.h",
      "health.h",
      "board.h",
      "serve.h",
      "inference.h",
      "link.h",
      "crc32.h",
      "slots.h",
      "messages.h",
      "ports.h",
      "control.h",
      "dut.h",
      "names.h",
    ],
  ],
} as const;

const ofArm = (cpu: string) =>
  ({
    target: findTarget(cpu),
    compiler: "arm-none-eabi-gcc",
    cpuFlags: [`-mcpu=${cpu}`, "-mthumb", "-mfloat-abi=soft"],
    emulator: "qemu-system-arm",
  }) as const;

/** What compiles for a core, and runs it here. */
const cores: Readonly<Record<string, Pick<Board, "target" | "compiler" | "cpuFlags" | "emulator">>> = {
  "Cortex-M0": ofArm("cortex-m0"),
  "Cortex-M0+": ofArm("cortex-m0plus"),
  "Cortex-M3": ofArm("cortex-m3"),
  "Cortex-M4": ofArm("cortex-m4"),
  "Cortex-M4F": ofArm("cortex-m4"),
  "Cortex-M7": ofArm("cortex-m7"),
  "Cortex-M33": ofArm("cortex-m33"),
  "Cortex-M55": ofArm("cortex-m55"),
  RV32IMC: {
    target: findTarget("rv32imc"),
    compiler: "riscv64-unknown-elf-gcc",
    // the older specification has CSRs in I: by that name libgcc is found
    cpuFlags: ["-march=rv32imc", "-misa-spec=2.2", "-mabi=ilp32", "-ffreestanding"],
    emulator: "qemu-system-riscv32",
  },
};

/**
 * Reads a board's folder firmware/boards/<id>: board.json, wiring.h and linker.ld. docs/boards.md tells what is in
 * them. Code comes from the folder of its family, and from those that the family's family.json names.
 *
 * @param firmware the folder firmware/
 * @param own where the board's folder is, unless it is firmware/boards/<id>
 * @throws UserError that names file and field when board.json is not as it must be, or the files beside it say otherwise
 */
export function readBoardFolder(firmware: string, id: string, own?: string): Board {
  const place = own ?? `firmware/boards/${id}`;
  const folder = own ?? join(firmware, "boards", id);
  const board = readDescription(firmware, id, place, folder);
  expectAgreement(board, place, (file) => readText(join(folder, file)));
  if (own === undefined) return board;
  const family = `${board.includeDirectories.at(-2)}/family.json`;
  return { ...board, own: { folder: resolve(own), descriptions: [`boards/${id}/board.json`, family] } };
}

/**
 * A board's folder in the user's project: its name is the board's id.
 *
 * @param known ids that are taken
 * @throws UserError when it is none
 */
export function readOwnBoard(firmware: string, path: string, known: readonly string[]): Board {
  const id = basename(resolve(path));
  if (!existsSync(join(path, "board.json"))) {
    throw new UserError(
      oneLine`${path} is no board: it has no board.json`,
      "docs/boards.md has a board's three files to start from",
    );
  }
  if (!isBoardId(id)) {
    throw new UserError(
      oneLine`${path} cannot be a board's folder: its name is the board's`,
      'name it with a-z, 0-9 and "-"',
    );
  }
  if (known.includes(id)) {
    throw new UserError(
      `${path} has the name of a board that pinfer has itself`,
      `rename the folder, and BOARD_ID in its wiring.h; or leave the path out: --board ${id}`,
    );
  }
  return readBoardFolder(firmware, id, path);
}

/** Also the name of a folder, on any system. */
export function isBoardId(id: string): boolean {
  return /^[a-z0-9][a-z0-9-]*$/.test(id);
}

function readDescription(firmware: string, id: string, place: string, ownFolder: string): Board {
  const folder = `boards/${id}`;
  const fields = readFields(`${place}/board.json`, join(ownFolder, "board.json"));
  const familyName = fields.oneOf("family", familiesOf(firmware));
  const family = readFields(`firmware/${familyName}/family.json`, join(firmware, familyName, "family.json"));
  const folders = [...family.array("uses").map(String), familyName, folder];
  const files = folders.flatMap((directory) =>
    readdirSync(directory === folder ? ownFolder : join(firmware, directory))
      .sort()
      .map((file) => `${directory}/${file}`),
  );
  const core = fields.oneOf("core", Object.keys(cores));
  const isStm32 = family.array("uses").includes("stm32");
  const limits = isHardware(fields) ? readLimits(fields.object("limits"), isStm32) : undefined;
  const address = (name: string, usual: number) => (fields.has(name) ? Number(fields.string(name)) : usual);
  return {
    id,
    title: fields.string("title"),
    mcu: fields.string("mcu"),
    core,
    flashAddress: address("flashAddress", 0x08000000),
    flashBytes: 1024 * fields.integer("flashKilobytes", 1, 1 << 20),
    ramAddress: address("ramAddress", 0x20000000),
    ramBytes: 1024 * fields.integer("ramKilobytes", 1, 1 << 20),
    stackBytes: fields.integer("stackBytes", 256, 1 << 20),
    clockHz: 1e6 * fields.integer("clockMegahertz", limits ? 1 : 0, limits?.core ?? 1000),
    ...(limits && { limits }),
    ...(limits?.waitStates && { flashWait: waitOfFlash(fields, limits.waitStates, family) }),
    ...cores[core]!,
    ...(family.has("slotPageBytes") && { slotPageBytes: family.integer("slotPageBytes", 1, 1 << 20) }),
    ...(family.has("emulator") && { emulator: family.oneOf("emulator", ["rp2040js"]) }),
    sources: [...sharedFiles.sources, ...files.filter((file) => file.endsWith(".c"))],
    headers: [...sharedFiles.headers, ...files.filter((file) => file.endsWith(".h"))],
    includeDirectories: [".", ...folders],
    linkerScript: `${folder}/linker.ld`,
    linkerIncludes: files.filter((file) => file.endsWith(".ld") && !file.startsWith(folder)),
    emulatorMachines: fields.array("emulatorMachines").map(String),
    ...(fields.has("emulatorSince") && { emulatorSince: fields.string("emulatorSince") }),
    ...(fields.has("emulatedGpio") && { emulatedGpioAddress: Number(fields.string("emulatedGpio")) }),
    ...(fields.has("flashedBy") && { flashedBy: readWays(fields) }),
    ...(fields.has("seenOnHardware") && { seenOnHardware: fields.string("seenOnHardware") }),
    nanosecondsPerInstruction: readPowerOfTwo(fields, "nanosecondsPerInstruction"),
    ...(isStm32 && { productId: Number(fields.string("productId")) }),
    pins: readPins(fields, family),
    notes: [...describeLink(fields), ...fields.array("notes").map(String)],
  };
}

/** What exists in the emulator alone has no wires: neither link nor clock that could be wrong, and nothing to flash. */
function isHardware(fields: Fields): boolean {
  return fields.has("link");
}

function readPowerOfTwo(fields: Fields, name: string): number {
  const value = fields.has(name) ? fields.integer(name, 1, 1024) : 1;
  if (!Number.isInteger(Math.log2(value))) fields.fail(name, "a power of two");
  return value;
}

function describeLink(fields: Fields): string[] {
  if (!isHardware(fields)) return [];
  const link = fields.object("link");
  const uart = `${link.string("uart")}, TX on ${link.string("tx")}, RX on ${link.string("rx")}`;
  return [`link: ${uart}, 115200 baud, 8 data bits, no parity, 1 stop bit`];
}

function readFields(place: string, path: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(readText(path));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UserError(oneLine`${place} is no JSON: ${cause.message}`, undefined, { cause });
  }
  return new Fields(place, value);
}

/** By the folder that they are in: boards are many, and firmware/ does not change while pinfer runs. */
const familiesBefore = new Map<string, readonly string[]>();

function familiesOf(firmware: string): readonly string[] {
  const before = familiesBefore.get(firmware);
  if (before !== undefined) return before;
  const families = readdirSync(firmware)
    .filter((name) => existsSync(join(firmware, name, "family.json")))
    .sort();
  familiesBefore.set(firmware, families);
  return families;
}

function readWays(fields: Fields): FlashWay[] {
  return fields.array("flashedBy").map((way) => {
    const known = flashWays.find((name) => name === way);
    return known ?? fields.fail("flashedBy", `a list of ${flashWays.map((name) => `"${name}"`).join(", ")}`);
  });
}

function readLimits(fields: Fields, isStm32: boolean): ClockLimits {
  const core = fields.integer("core", 1, 1000);
  fields.string("source");
  if (!isStm32) return { core };
  const flash = fields.has("flash") ? fields.integer("flash", 1, core) : core;
  const waitStates = fields.integers("waitStates", 1, 1000);
  if (waitStates.some((highest, i) => i > 0 && highest <= waitStates[i - 1]!) || waitStates.at(-1)! < flash) {
    fields.fail("waitStates", `rising clocks, the last at least ${flash}`);
  }
  const bus = (name: "apb1" | "apb2") => fields.integer(name, 1, core);
  return { core, apb1: bus("apb1"), apb2: bus("apb2"), waitStates };
}

/** The flash's clock is the core's, or its own limit. */
function waitOfFlash(fields: Fields, highest: readonly number[], family: Fields): FlashWait {
  const limits = fields.object("limits");
  const megahertz = (limits.has("flash") ? limits : fields).number(
    limits.has("flash") ? "flash" : "clockMegahertz",
  );
  return {
    states: highest.findIndex((clock) => megahertz <= clock),
    ...(family.has("flashCache") && { hiddenBy: family.string("flashCache") }),
  };
}

function readPins(fields: Fields, family: Fields): BoardPins {
  const form = family.has("pinForm") ? family.oneOf("pinForm", pinForms) : "P";
  const names = fields
    .array("pins")
    .flatMap((range) => pinRange(String(range), form).map((pin) => pinName(pin, form)));
  const expectPin = (place: Fields, name: string): string => {
    const pin = place.string(name);
    if (parsePin(pin) === undefined || !names.includes(pin)) place.fail(name, 'one of the board\'s "pins"');
    return pin;
  };
  const special = (name: "led" | "button") => {
    if (!fields.has(name)) return undefined;
    const place = fields.object(name);
    return {
      pin: expectPin(place, "pin"),
      isActiveLow: place.has("activeLow") && place.boolean("activeLow"),
    };
  };
  const taken = fields.object("taken");
  const link = isHardware(fields) ? fields.object("link") : undefined;
  return {
    form,
    names,
    taken: new Map([
      ...taken.names().map((pin) => [pin, taken.string(pin)] as const),
      ...(["tx", "rx"] as const).flatMap((line) =>
        link
          ? [[expectPin(link, line), `${link.string("uart")} ${line.toUpperCase()}, the link`] as const]
          : [],
      ),
    ]),
    analog: new Map(
      family
        .object("analog")
        .names()
        .map((pin) => [pin, family.object("analog").integer(pin, 0, 19)]),
    ),
    led: special("led"),
    button: special("button"),
  };
}

/** Names of the folders in firmware/boards that hold a board.json. */
export function boardFolders(firmware: string): string[] {
  return readdirSync(join(firmware, "boards"))
    .filter((id) => readdirSync(join(firmware, "boards", id)).includes("board.json"))
    .sort();
}
