import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DOMParser } from "@xmldom/xmldom";
import { describe, expect, it } from "vitest";
import { exportProject } from "../../codegen/formats/exportProject.js";
import type { ProjectFormat } from "../../src/board/projectFormats.js";
import { listZip, unpackZip } from "../../src/formats/zip.js";
import { temporaryDirectory } from "../firmware/images.js";
import { columnsNetwork } from "./networks.js";
import { targets } from "./targets.js";

const directory = temporaryDirectory();
const here = fileURLToPath(new URL(".", import.meta.url));

/** The folder of an export, with its files' contents. */
function write(format: ProjectFormat) {
  const folder = join(directory, format, "gesture");
  const { files, manifest } = exportProject(columnsNetwork, { format, name: "gesture" });
  for (const { path, data } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  }
  const contents = Object.fromEntries(files.map(({ path, data }) => [path, Buffer.from(data)]));
  return { folder, contents, textOf: (path: string) => contents[path]!.toString(), manifest };
}

const run = (tool: string, args: readonly string[], cwd: string): string =>
  execFileSync(tool, args, { cwd, stdio: "pipe", encoding: "utf8" });
const strict = ["-Wall", "-Wextra", "-Werror", "-Os"];

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

/** As an Arduino core has them, on the serial port of the chip. */
const arduinoCore = `#include "port.h"
struct Port {
    void begin(long) {}
    void println(const char *text) { while (*text != 0) put_char(*text++); put_char('\\n'); }
    void println(long number) { put_number(number); }
};
static Port Serial;
static inline void delay(long) {}
void setup();
void loop();
int main() { setup(); loop(); leave(); return 0; }
`;

describe("a network exported for Arduino", () => {
  const { missing } = targets.avr;
  it.skipIf(missing !== undefined)(
    `is a library whose example runs on an ATmega2560${missing === undefined ? "" : ` (${missing})`}`,
    () => {
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
      // as the IDE compiles: the library's src/ in one step with its folder, a sketch as C++ behind its core's header
      const common = ["-mmcu=atmega2560", ...strict, "-Isrc", `-I${here}`];
      const sketch = "examples/Gesture/Gesture.ino";
      writeFileSync(join(folder, "Arduino.h"), arduinoCore);
      run("avr-gcc", [...common, "-std=gnu11", "-c", "src/gesture.c", "-o", "gesture.o"], folder);
      const asCpp = ["-std=gnu++11", "-include", "Arduino.h", "-x", "c++", sketch, "-x", "none"];
      run("avr-g++", [...common, ...asCpp, "gesture.o", "-o", "program"], folder);
      const [tool, ...args] = targets.avr.run;
      expect(run(tool, [...args, "program"], folder)).toMatch(/rest|walk/);
    },
  );
});

describe("a network exported for Zephyr", () => {
  const { missing } = targets.arm;
  it.skipIf(missing !== undefined)(
    `is a module that its option turns on, and compiles for a Cortex-M33${missing ? ` (${missing})` : ""}`,
    () => {
      const { folder, textOf } = write("zephyr");
      expect(textOf("zephyr/module.yml")).toBe(
        "name: gesture\nbuild:\n  cmake: zephyr\n  kconfig: zephyr/Kconfig\n",
      );
      expect(textOf("zephyr/Kconfig")).toMatch(
        /^config PINFER_GESTURE\n\tbool "[^"]+"\n\thelp\n(\t {2}.*\n)+$/,
      );
      const names = ["zephyr_library_named", "zephyr_library_sources", "zephyr_include_directories"];
      const file = "zephyr/CMakeLists.txt";
      expect(commandsOf(folder, file, names)).toEqual([[""]]);
      const [library, sources, includes, ...others] = commandsOf(folder, file, names, [
        "set(CONFIG_PINFER_GESTURE y)",
      ]);
      expect([library, others]).toEqual([["zephyr_library_named", "pinfer_gesture"], []]);
      const flags = ["-mcpu=cortex-m33", ...strict, "-std=c99"];
      run(
        "arm-none-eabi-gcc",
        [...flags, `-I${includes![1]}`, "-c", ...sources!.slice(1), "-o", "gesture.o"],
        folder,
      );
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
    const { folder, textOf } = write("esp-idf");
    expect(textOf("idf_component.yml")).toMatch(
      /^version: "1\.0\.0\+[0-9a-f]{8}"\ndescription: "[\w ,.]+"\n$/,
    );
    const [[command, ...words], ...others] = commandsOf(folder, "CMakeLists.txt", [
      "idf_component_register",
    ]) as [string[], ...string[][]];
    expect([command, others]).toEqual(["idf_component_register", []]);
    expect(words).toEqual(["SRCS", "src/gesture.c", "INCLUDE_DIRS", "include"]);
    const flags = ["-march=rv32imc", "-mabi=ilp32", "-ffreestanding", ...strict];
    run(tool, [...flags, "-Iinclude", "-c", "src/gesture.c", "-o", "gesture.o"], folder);
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
