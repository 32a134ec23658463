import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../src/base/packageRoot.js";
import { boardFolders, readBoardFolder } from "../../src/board/boardFolder.js";
import { boards } from "../../src/board/boards.js";
import { compileFirmware } from "../../src/board/compile.js";
import { firmwareDirectory } from "../../src/board/firmwareDirectory.js";
import { writeModel } from "../../src/model/modelFile.js";
import { pinfer } from "../cli/pinfer.js";
import { networkDirectory, temporaryDirectory } from "../firmware/images.js";
import { createModel, quantized } from "../support/smallModel.js";

const directory = temporaryDirectory();
const page = readFileSync(join(packageRoot, "docs", "boards.md"), "utf8");
/** Blocks of the page that are files: path → text. */
const files = new Map(
  [...page.matchAll(/^```\w+ (boards\/\S+)\n([^`]*)^```/gm)].map(([, path, text]) => [path!, text!]),
);
const id = "stm32f4discovery";

/** Writes the page's files below a folder. */
function writePage(root: string, change: (path: string, text: string) => string = (_, text) => text): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), change(path, text));
  }
}

/** A copy of firmware/ with the page's files in it, as step 5 has it, one of them changed. */
function follow(name: string, change: (path: string, text: string) => string = (_, text) => text): string {
  const root = join(directory, name);
  cpSync(firmwareDirectory, join(root, "firmware"), { recursive: true });
  writePage(join(root, "firmware"), change);
  return join(root, "firmware");
}

describe("a folder copied from another chip's board", () => {
  /** The pattern's folder under another name, with some of its facts changed. */
  function copy(name: string, facts: Record<string, unknown>): string {
    const firmware = join(directory, name, "firmware");
    cpSync(firmwareDirectory, firmware, { recursive: true });
    const [from, to] = ["nucleo-f446re", name].map((folder) => join(firmware, "boards", folder));
    cpSync(from!, to!, { recursive: true });
    const json = join(to!, "board.json");
    writeFileSync(json, JSON.stringify({ ...JSON.parse(readFileSync(json, "utf8")), ...facts }));
    const wiring = join(to!, "wiring.h");
    writeFileSync(wiring, readFileSync(wiring, "utf8").replace('"nucleo-f446re"', `"${name}"`));
    return firmware;
  }
  const f411 = { core: 100, apb1: 50, apb2: 100, waitStates: [30, 64, 90, 100], source: "RM0383" };

  it("does not run at that chip's clock: 168 MHz on an STM32F411, which takes 100", () => {
    const firmware = copy("f411", { mcu: "STM32F411RE", clockMegahertz: 100, limits: f411 });
    expect(() => readBoardFolder(firmware, "f411")).toThrow(
      "firmware/boards/f411/wiring.h has SYSCLK_HZ 168000000u, expected 100000000u",
    );
  });

  it("cannot say a clock beyond the chip's limit", () => {
    const firmware = copy("fast", { limits: f411 });
    expect(() => readBoardFolder(firmware, "fast")).toThrow(
      "firmware/boards/fast/board.json.clockMegahertz must be an integer 1..100, found 168",
    );
  });

  it("cannot leave the limits out, or end the wait states below them", () => {
    expect(() => readBoardFolder(copy("none", { limits: undefined }), "none")).toThrow(
      "board.json.limits must be an object, found nothing",
    );
    const short = copy("short", { clockMegahertz: 90, limits: { ...f411, waitStates: [30, 64, 90] } });
    expect(() => readBoardFolder(short, "short")).toThrow(
      "limits.waitStates must be rising clocks, the last at least 100, found an array of 3",
    );
  });
});

describe("a board's folder in the user's project", () => {
  const project = join(directory, "project");
  /** The commands of step 4, without `npx pinfer`. */
  const commands = [
    ...page
      .split("## 4. Try it")[1]!
      .split("```")[1]!
      .matchAll(/^npx pinfer ([^#\n]*)/gm),
  ].map(([, words]) => words!.trim().split(" "));
  const run = (...words: string[]) => pinfer(words, { cwd: project });

  beforeAll(() => {
    writePage(project);
    const [first, ...others] = quantized.layers;
    const layers = [{ ...first, bias: Int32Array.of(100, -100) } as typeof first & object, ...others];
    const model = { ...createModel(), network: undefined, quantized: { ...quantized, layers } };
    writeModel(join(project, "model.json"), model);
  });

  it("is checked, exported and built by the commands of the page, word for word", () => {
    expect(commands.map(([command]) => command)).toEqual(["boards", "export-firmware", "build"]);
    const [told, , built] = commands.map((words) => {
      const { code, stdout, stderr } = run(...words);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      return stdout;
    });
    expect(told).toMatch(/^stm32f4discovery {2}ST STM32F4DISCOVERY {2}STM32F407VG /m);
    expect(built).toContain("stm32f4discovery");
  });

  it("travels in the exported folder, which builds and is flashed where the board's folder is not", () => {
    const elsewhere = join(directory, "elsewhere");
    cpSync(join(project, "firmware-f4"), elsewhere, { recursive: true });
    const { stderr, stdout } = pinfer(["build", elsewhere]);
    expect(stderr).toBe("");
    expect(stdout).toContain("stm32f4discovery");
    expect(pinfer(["flash", elsewhere, "--dry-run"]).stdout).toContain("STM32F405/407/415/417: ");
  });

  it("is taken wherever a board is: the emulator says that none of its machines is this one", () => {
    const place = `./boards/${id}`;
    const refused = `error: board "${id}" is not emulated\n`;
    expect(run("board", "--board", place)).toMatchObject({ code: 1, stderr: refused }); // and it ends
    writeFileSync(join(project, "samples.csv"), "1,2,3\n");
    const samples = ["--input", "samples.csv"];
    expect(run("compare", "model.json", "--virtual", "--board", place, ...samples).stderr).toContain(refused);
    const image = join("firmware-f4", "build", "firmware.bin");
    expect(run("flash", image, "--board", place, "--dry-run").stdout).toContain("STM32F405/407/415/417: ");
  });

  it.each([
    ["./boards/missing", "./boards/missing is no board: it has no board.json"],
    ["boards", 'no board is called "boards"'],
    [`boards/${id}/`, undefined],
  ])("is known by its path: %s", (path, message) => {
    const { stderr } = run("boards", "--board", path);
    if (message === undefined) expect(stderr).toBe("");
    else expect(stderr).toContain(message);
  });

  it("has a name of its own, in letters that any system takes", () => {
    const copy = (name: string) =>
      cpSync(join(project, "boards", id), join(project, name), { recursive: true });
    copy("nucleo-f446re");
    copy("My Board");
    expect(run("boards", "--board", "./nucleo-f446re").stderr).toContain(
      "./nucleo-f446re has the name of a board that pinfer has itself",
    );
    expect(run("boards", "--board", "./My Board").stderr).toContain(
      "./My Board cannot be a board's folder: its name is the board's",
    );
    const { stderr } = run("boards", "--board", "nucleo-f446");
    expect(stderr).toContain('no board is called "nucleo-f446"');
    copy("mine");
    expect(run("boards", "--board", "mine").stderr).toContain(
      "hint: the folder is --board ./mine; known boards: ",
    );
  });

  it("names file and place of what is wrong in it", () => {
    const folder = join(project, "wrong");
    cpSync(join(project, "boards", id), folder, { recursive: true });
    const json = readFileSync(join(folder, "board.json"), "utf8");
    const told = (text: string): string => {
      writeFileSync(join(folder, "board.json"), text);
      return run("boards", "--board", "./wrong").stderr;
    };
    expect(told(json.slice(1))).toContain("./wrong/board.json is no JSON: ");
    expect(told(json.replace('"stm32f4"', '"stm32f3"'))).toContain(
      './wrong/board.json.family must be one of "cmsdk", "nrf51", "riscv", "rp2040", "stm32f1", "stm32f4", "stm32g0", "stm32h7", "stm32l4", "stm32u5", found "stm32f3"',
    );
    expect(told(json)).toContain("./wrong/wiring.h has BOARD_ID stm32f4discovery, expected wrong");
  });
});

describe("docs/boards.md", () => {
  it("makes a board of three files in one folder, which is found and compiles", async () => {
    expect([...files.keys()]).toEqual(
      ["board.json", "wiring.h", "linker.ld"].map((file) => `boards/${id}/${file}`),
    );
    expect(boards.map((board) => board.id)).not.toContain(id); // else the page would show nothing
    const firmware = follow("page");
    expect(boardFolders(firmware)).toContain(id);
    const board = readBoardFolder(firmware, id);
    const network = networkDirectory("exampleNetwork");
    const { sizes } = await compileFirmware({
      ...{ board, firmware, outputDirectory: join(directory, "out") },
      sources: [{ path: join(network, "network.c") }],
      includeDirectories: [network],
    });
    expect(sizes!.flashBytes).toBeGreaterThan(2048);
    expect(sizes!.stackBytes).toBe(board.stackBytes);
    expect(board.pins.taken.get("PA3")).toBe("USART2 RX, the link");
  });

  it("explains every field that boards have", () => {
    const own = Object.keys(JSON.parse(files.get(`boards/${id}/board.json`)!));
    for (const folder of boardFolders(firmwareDirectory)) {
      const text = readFileSync(join(firmwareDirectory, "boards", folder, "board.json"), "utf8");
      for (const field of Object.keys(JSON.parse(text))) {
        expect(own.includes(field) || page.includes(`\`${field}\``), `${folder}: ${field}`).toBe(true);
      }
    }
  });

  it.each([
    ["BOARD_ID", '"stm32f4discovery"', '"copied"', "wiring.h has BOARD_ID copied, expected stm32f4discovery"],
    [
      "LINK_RX",
      "LINK_RX = PIN('A', 3)",
      "LINK_RX = PIN('A', 10)",
      "wiring.h has LINK_RX PIN('A', 10), expected PIN('A', 3)",
    ],
    [
      "APB1_MAX_HZ",
      "APB1_MAX_HZ 42000000u",
      "APB1_MAX_HZ 84000000u",
      "wiring.h has APB1_MAX_HZ 84000000u, expected 42000000u",
    ],
    ["SYSCLK_HZ", "#define SYSCLK_HZ 168000000u", "", "wiring.h has no SYSCLK_HZ, expected 168000000u"],
    [
      "ram",
      "LENGTH = 128K",
      "LENGTH = 192K",
      "linker.ld has ram ORIGIN = 0x20000000, LENGTH = 192K, expected ORIGIN = 0x20000000, LENGTH = 128K",
    ],
    [
      "STACK_BYTES",
      "STACK_BYTES = 2048",
      "STACK_BYTES = 1024",
      "linker.ld has STACK_BYTES 1024, expected 2048",
    ],
  ])("is not followed silently when wiring.h or linker.ld has another %s", (name, before, after, message) => {
    const firmware = follow(`other ${name}`, (path, text) =>
      path.endsWith(".json") ? text : text.replace(before, after),
    );
    expect(() => readBoardFolder(firmware, id)).toThrow(`firmware/boards/${id}/${message}`);
  });

  it.each([
    [
      '"Cortex-M4F"',
      '"Cortex-M8"',
      'firmware/boards/stm32f4discovery/board.json.core must be one of "Cortex-M0", "Cortex-M0+", "Cortex-M3", ' +
        '"Cortex-M4", "Cortex-M4F", "Cortex-M7", "Cortex-M33", "Cortex-M55", "RV32IMC", found "Cortex-M8"',
    ],
    [
      '"flashKilobytes": 1024',
      '"flashKilobytes": 0.5',
      "board.json.flashKilobytes must be an integer 1..1048576, found 0.5",
    ],
    ['"tx": "PA2"', '"tx": "PK2"', `board.json.link.tx must be one of the board's "pins", found "PK2"`],
    ['"led": { "pin": "PD12" }', '"led": { "pin": 12 }', "board.json.led.pin must be text, found 12"],
  ])("is not followed silently when %s becomes %s", (before, after, message) => {
    const firmware = follow(`wrong ${after.replaceAll(/\W/g, "")}`, (path, text) => {
      if (!path.endsWith("board.json")) return text;
      expect(text).toContain(before);
      return text.replace(before, after);
    });
    expect(() => readBoardFolder(firmware, id)).toThrow(message);
  });
});
