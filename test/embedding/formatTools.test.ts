import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DOMParser } from "@xmldom/xmldom";
import { describe, expect, it } from "vitest";
import { exportProject, type ProjectOptions } from "../../codegen/formats/exportProject.js";
import { findBoard } from "../../src/board/boards.js";
import type { ProjectFormat } from "../../src/board/projectFormats.js";
import { listZip, unpackZip } from "../../src/formats/zip.js";
import { WindowController } from "../../src/pins/windowController.js";
import { temporaryDirectory } from "../firmware/images.js";
import { windowNetwork, windowPins } from "../pins/windowFirmware.js";
import { columnsNetwork, columnsPins, expectedOf, mainOf, xor, xorNetwork } from "./networks.js";
import { targets } from "./targets.js";

const directory = temporaryDirectory();
const here = fileURLToPath(new URL(".", import.meta.url));

/** The folder of an export, with its files' contents. */
function write(
  format: ProjectFormat,
  network = columnsNetwork,
  options: Partial<ProjectOptions> = { name: "gesture" },
) {
  const folder = join(directory, format, options.name!);
  const { files, manifest, program, pinPlan } = exportProject(network, { format, ...options });
  for (const { path, data } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  }
  const contents = Object.fromEntries(files.map(({ path, data }) => [path, Buffer.from(data)]));
  return {
    folder,
    contents,
    textOf: (path: string) => contents[path]!.toString(),
    manifest,
    program,
    pinPlan,
  };
}

const pins = { map: columnsPins, board: findBoard("nucleo-f446re") };
const withPins = { name: "gesture", pins };

const run = (tool: string, args: readonly string[], cwd: string): string =>
  execFileSync(tool, args, { cwd, stdio: "pipe", encoding: "utf8" });
const strict = ["-Wall", "-Wextra", "-Werror", "-Os"];

describe("a network exported for CMake", () => {
  const network = xor();
  const { folder } = write("cmake", xorNetwork, { name: "gate" });
  const app = dirname(folder);
  const lines = (languages: string, getLibrary: string, ...rest: readonly string[]) =>
    ["cmake_minimum_required(VERSION 3.16)", `project(app LANGUAGES ${languages})`, getLibrary, ...rest].join(
      "\n",
    );
  const numbers = (text: string): number[] => text.trim().split("\n").map(Number);
  writeFileSync(join(app, "main.cpp"), mainOf([network, { name: "gate" }]));

  it("is part of a C++ project by add_subdirectory, which it gives no flags, and gives the host's bytes", () => {
    const program = [
      "add_executable(app main.cpp)",
      `target_include_directories(app PRIVATE ${here})`,
      "target_link_libraries(app PRIVATE gate::gate)",
    ];
    writeFileSync(join(app, "CMakeLists.txt"), lines("CXX", "add_subdirectory(gate)", ...program));
    run("cmake", ["-B", "build", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"], app);
    run("cmake", ["--build", "build"], app);
    expect(numbers(run(join(app, "build", "app"), [], app))).toEqual(expectedOf(network));
    const commands = JSON.parse(readFileSync(join(app, "build", "compile_commands.json"), "utf8")) as {
      command: string;
      file: string;
    }[];
    const { command } = commands.find(({ file }) => file.endsWith("main.cpp"))!;
    expect(command.match(/ -(?!I|o |c )\S+/g) ?? []).toEqual([]);
  });

  it("is built and installed alone, and found there with its header and library", () => {
    const prefix = join(app, "installed");
    run("cmake", ["-B", "build", `-DCMAKE_INSTALL_PREFIX=${prefix}`], folder);
    run("cmake", ["--build", "build", "--target", "install"], folder);
    const other = join(app, "other");
    mkdirSync(other);
    const tell = ["INTERFACE_INCLUDE_DIRECTORIES", "IMPORTED_LOCATION_NOCONFIG"].flatMap((property) => [
      `get_target_property(found gate::gate ${property})`,
      `message(STATUS "found \${found}")`,
    ]);
    writeFileSync(
      join(other, "CMakeLists.txt"),
      lines("NONE", "find_package(gate CONFIG REQUIRED)", ...tell),
    );
    const told = run("cmake", ["-B", "build", `-DCMAKE_PREFIX_PATH=${prefix}`], other);
    const [headers, library] = [...told.matchAll(/^-- found (.*)$/gm)].map(([, path]) => path!);
    run("g++", ["main.cpp", `-I${headers}`, `-I${here}`, library!, "-o", "found"], app);
    expect(numbers(run(join(app, "found"), [], app))).toEqual(expectedOf(network));
  });

  it("cannot have the name of a target that CMake keeps for itself", () => {
    expect(() => exportProject(xorNetwork, { format: "cmake", name: "test" })).toThrow(
      expect.objectContaining({
        message:
          'a network cannot be called "test" in a CMake project: its tools have that name for themselves',
        hint: "for example --name my_test",
      }),
    );
  });
});

/** Commands that a CMakeLists.txt runs, with their words: those of the tool are there in name only. */
function commandsOf(
  folder: string,
  file: string,
  names: readonly string[],
  settings: readonly string[] = [],
) {
  const stubs = names.map((name) => `function(${name})\n  message(STATUS "${name};\${ARGN}")\nendfunction()`);
  const script = join(folder, "..", "stubs.cmake");
  writeFileSync(script, [...settings, ...stubs, `include("${join(folder, file)}")`].join("\n"));
  return run("cmake", ["-P", script], folder)
    .trim()
    .split("\n")
    .map((line) => line.replace(/^-- /, "").split(";"));
}

/**
 * As an Arduino core has them, on the serial port of the chip. Pins read what their number and the time make of them, and
 * each change of an output is printed: its pin twice, and one more when it is high.
 */
const arduinoCore = `#include "port.h"
enum { INPUT, OUTPUT, INPUT_PULLUP };
enum { A0 = 54 };
struct Port {
    void begin(long) {}
    void println(const char *text) { while (*text != 0) put_char(*text++); put_char('\\n'); }
    void println(long number) { put_number(number); }
};
static Port Serial __attribute__((unused));
static uint32_t now;
static inline void delay(long) {}
static inline uint32_t millis() { return now++; }
static inline void pinMode(uint8_t, uint8_t) {}
static inline int digitalRead(uint8_t pin) { return (int)((now / 30 + pin) % 2); }
static inline int analogRead(uint8_t pin) { return (int)((now * 37 + pin) % 1024); }
static inline void digitalWrite(uint8_t pin, uint8_t level) { if (pin != 10) put_number(2 * pin + level); }
void setup();
void loop();
int main() { setup(); for (int i = 0; i < LOOPS; i++) loop(); leave(); return 0; }
`;

/** As the IDE compiles: the library's src/ in one step with its folder, a sketch as C++ behind its core's header. */
function runSketch(folder: string, name: string, loops: number): string {
  const common = ["-mmcu=atmega2560", ...strict, "-Isrc", `-I${here}`, `-DLOOPS=${loops}`];
  const sources = readdirSync(join(folder, "src")).filter((file) => file.endsWith(".c"));
  const sketch = `examples/${name}/${name}.ino`;
  writeFileSync(join(folder, "Arduino.h"), arduinoCore);
  for (const file of sources) run("avr-gcc", [...common, "-std=gnu11", "-c", `src/${file}`], folder);
  const asCpp = ["-std=gnu++11", "-I.", "-include", "Arduino.h", "-x", "c++", sketch, "-x", "none"];
  const objects = sources.map((file) => file.replace(/c$/, "o"));
  run("avr-g++", [...common, ...asCpp, ...objects, "-o", "program"], folder);
  const [tool, ...args] = targets.avr.run;
  return run(tool, [...args, "program"], folder);
}

const { missing: missingAvr } = targets.avr;
describe.skipIf(missingAvr !== undefined)(
  `a network exported for Arduino${missingAvr === undefined ? "" : ` (${missingAvr})`}`,
  () => {
    it("is a library whose example runs on an ATmega2560", () => {
      const { folder, textOf } = write("arduino");
      const properties = Object.fromEntries(
        textOf("library.properties")
          .trim()
          .split("\n")
          .map((line) => line.split(/=(.*)/, 2)),
      );
      expect(properties).toMatchObject({
        ...{ name: "gesture", includes: "gesture.h", architectures: "*", category: "Data Processing" },
        version: expect.stringMatching(/^1\.0\.0\+[0-9a-f]{8}$/),
      });
      for (const field of ["author", "maintainer", "sentence", "paragraph"]) {
        expect(properties[field]).toMatch(/\w/);
      }
      expect(runSketch(folder, "Gesture", 1)).toMatch(/rest|walk/);
    });

    it("does on the pins of an ATmega2560 what its pin map says, whose int has 16 bits", () => {
      const lever = { name: "lever", pins: { ...pins, map: windowPins } };
      const { folder, program, pinPlan } = write("arduino", windowNetwork, lever);
      const loops = 400;
      const printed = runSketch(folder, "Lever", loops)
        .match(/(?<=^|m)\d+/gm)!
        .map(Number);
      // pins 13, 12 and 11 are driven, from off on: the second is low when it is on
      const [first, ...rounds] = chunks(printed, 3);
      expect(first).toEqual([26, 25, 22]);
      const controller = new WindowController(pinPlan!, program);
      const decisions = Array.from({ length: loops / 10 }, (_, i) => {
        const now = 10 * i + 1; // a moment is taken at 0, 10, …; reading the clock is a millisecond
        return controller.step([4 * ((now * 37 + 54) % 1024), (Math.floor(now / 30) + 3) % 2]);
      });
      // when windows begin, outputs are driven to off once more
      const expected = decisions
        .filter((decision) => decision?.average !== undefined)
        .map((decision) => decision!.levels.map((level, i) => 2 * (13 - i) + level));
      expect(rounds).toEqual([first, ...expected]);
      expect(new Set(expected.map(String)).size).toBeGreaterThan(2);
    });
  },
);

function chunks(numbers: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(numbers.length / size) }, (_, i) =>
    numbers.slice(size * i, size * (i + 1)),
  );
}

describe("a network exported for Zephyr", () => {
  const { missing } = targets.arm;
  it.skipIf(missing !== undefined)(
    `is a module that its option turns on, and compiles for a Cortex-M33${missing ? ` (${missing})` : ""}`,
    () => {
      const { folder, textOf } = write("zephyr", columnsNetwork, withPins);
      expect(textOf("zephyr/module.yml")).toBe(
        "name: gesture\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n",
      );
      expect(textOf("zephyr/Kconfig")).toMatch(
        /^config PINFER_GESTURE\n\tbool "[^"]+"\n\thelp\n(\t {2}.*\n)+$/,
      );
      const names = ["zephyr_library_named", "zephyr_library_sources", "zephyr_include_directories"];
      const file = "zephyr/CMakeLists.txt";
      expect(commandsOf(folder, file, names)).toEqual([[""]]);
      const commands = commandsOf(folder, file, names, ["set(CONFIG_PINFER_GESTURE y)"]);
      expect(commands.map(([command]) => command)).toEqual([names[0], names[1], names[1], names[2]]);
      const [[library], sources, more, [includes]] = commands.map(([, ...words]) => words) as string[][];
      expect(library).toBe("pinfer_gesture");
      const flags = ["-mcpu=cortex-m33", ...strict, "-std=c99", "-c"];
      run("arm-none-eabi-gcc", [...flags, `-I${includes}`, ...sources!, ...more!], folder);
    },
  );
});

describe("a network exported for ESP-IDF", () => {
  const tool = "riscv64-unknown-elf-gcc";
  const hasTool = (() => {
    try {
      return run(tool, ["--version"], directory) !== "";
    } catch {
      return false;
    }
  })();

  it.skipIf(!hasTool)("is a component, and compiles for RV32IMC (needs gcc-riscv64-unknown-elf)", () => {
    const { folder, textOf } = write("esp-idf", columnsNetwork, withPins);
    expect(textOf("idf_component.yml")).toMatch(
      /^version: "1\.0\.0\+[0-9a-f]{8}"\ndescription: "[\w ,.]+"\n$/,
    );
    const [[command, ...words], ...others] = commandsOf(folder, "CMakeLists.txt", [
      "idf_component_register",
    ]) as [string[], ...string[][]];
    expect([command, others]).toEqual(["idf_component_register", []]);
    const sources = ["src/gesture.c", "src/gesture_pins.c"];
    expect(words).toEqual(["SRCS", ...sources, "INCLUDE_DIRS", "include"]);
    const flags = ["-march=rv32imc", "-mabi=ilp32", "-ffreestanding", ...strict];
    run(tool, [...flags, "-Iinclude", "-c", ...sources], folder);
  });
});

describe("a network exported for PlatformIO", () => {
  it("is a library with the fields that its manifest wants", () => {
    const { textOf, contents } = write("platformio");
    const library = JSON.parse(textOf("library.json")) as Record<string, string>;
    expect(library).toEqual({
      ...{ name: "gesture", headers: "gesture.h", frameworks: "*", platforms: "*" },
      version: expect.stringMatching(/^1\.0\.0\+[0-9a-f]{8}$/),
      description: expect.stringMatching(/^.{10,255}$/),
    });
    expect(Object.keys(contents)).toEqual(expect.arrayContaining(["include/gesture.h", "src/gesture.c"]));
  });
});

describe("a network exported for STM32CubeIDE", () => {
  it("lies in the folders that every project has for sources and headers", () => {
    const { contents } = write("cubeide");
    expect(Object.keys(contents)).toEqual(
      expect.arrayContaining(["Core/Inc/gesture.h", "Core/Src/gesture.c"]),
    );
    for (const name of ["adc", "usart"])
      expect(() => exportProject(columnsNetwork, { format: "cubeide", name })).toThrow(
        `a network cannot be called "${name}" in an STM32CubeIDE project: its tools have that name for themselves`,
      );
  });
});

describe("a network exported as a CMSIS pack", () => {
  const { contents, textOf, manifest } = write("cmsis-pack");

  it("has a description with all that its schema asks for, in one component of files that are there", () => {
    const xml = new DOMParser().parseFromString(textOf("pinfer.gesture.pdsc"), "text/xml");
    const root = xml.documentElement!;
    const children = Array.from(root.childNodes)
      .map(({ nodeName }) => nodeName)
      .filter((name) => name !== "#text");
    expect(children).toEqual(["vendor", "name", "description", "url", "releases", "components"]);
    const first = (tag: string) => root.getElementsByTagName(tag)[0]!;
    expect([first("vendor").textContent, first("name").textContent]).toEqual(["pinfer", "gesture"]);
    expect(first("release").getAttribute("version")).toBe("1.0.0");
    expect(first("release").textContent).toContain(manifest.network.hash);
    const component = first("component");
    expect(["Cclass", "Cgroup", "Cversion"].map((attribute) => component.getAttribute(attribute))).toEqual([
      "Machine Learning",
      "gesture",
      "1.0.0",
    ]);
    const files = Array.from(component.getElementsByTagName("file"));
    expect(files.map((file) => [file.getAttribute("category"), file.getAttribute("name")])).toEqual([
      ["header", "Include/gesture.h"],
      ["source", "Source/gesture.c"],
    ]);
    for (const file of files) expect(Object.keys(contents)).toContain(file.getAttribute("name"));
  });

  it("is an archive of the same files, and the same bytes each time", () => {
    const archive = contents["pinfer.gesture.1.0.0.pack"]!;
    const packed = Object.fromEntries(
      listZip(archive).map((entry) => [entry.name, unpackZip(archive, entry).toString()]),
    );
    const names = ["Include/gesture.h", "Source/gesture.c", "pinfer.gesture.pdsc", "README.md"];
    expect(packed).toEqual(Object.fromEntries(names.map((name) => [name, textOf(name)])));
    expect(write("cmsis-pack").manifest).toEqual(manifest);
  });
});
