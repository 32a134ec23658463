import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { exportProject } from "../../codegen/formats/exportProject.js";
import { temporaryDirectory } from "../firmware/images.js";
import { expectedOf, mainOf, xor, xorNetwork } from "./networks.js";

const folder = temporaryDirectory();
const library = join(folder, "app", "gate");
const prefix = join(folder, "installed");
const here = fileURLToPath(new URL(".", import.meta.url));
const network = xor();

const run = (tool: string, args: readonly string[], cwd: string): string =>
  execFileSync(tool, args, { cwd, stdio: "pipe", encoding: "utf8", env: { PATH: process.env.PATH } });

/** A program in C++ that gets the library somehow, builds and runs; what it prints, and how it was compiled. */
function buildApp(name: string, getLibrary: string, ...settings: string[]) {
  const app = join(folder, name);
  mkdirSync(app, { recursive: true });
  writeFileSync(join(app, "main.cpp"), mainOf([network, { name: "gate" }]));
  const lines = [
    "cmake_minimum_required(VERSION 3.16)",
    "project(app LANGUAGES CXX)",
    getLibrary,
    "add_executable(app main.cpp)",
    `target_include_directories(app PRIVATE ${here})`,
    "target_link_libraries(app PRIVATE gate::gate)",
  ];
  writeFileSync(join(app, "CMakeLists.txt"), `${lines.join("\n")}\n`);
  run("cmake", ["-B", "build", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", ...settings], app);
  run("cmake", ["--build", "build"], app);
  const commands = JSON.parse(readFileSync(join(app, "build", "compile_commands.json"), "utf8")) as {
    command: string;
    file: string;
  }[];
  return {
    printed: run(join(app, "build", "app"), [], app)
      .trim()
      .split("\n")
      .map(Number),
    command: commands.find(({ file }) => file.endsWith("main.cpp"))!.command,
  };
}

beforeAll(() => {
  for (const { path, data } of exportProject(xorNetwork, { format: "cmake", name: "gate" }).files) {
    mkdirSync(dirname(join(library, path)), { recursive: true });
    writeFileSync(join(library, path), data);
  }
});

describe("a network exported for CMake", () => {
  it("is part of a C++ project by add_subdirectory, which it gives no flags, and gives the host's bytes", () => {
    const { printed, command } = buildApp("app", "add_subdirectory(gate)");
    expect(printed).toEqual(expectedOf(network));
    const flags = command.match(/ -(?!I|o |c )\S+/g) ?? [];
    expect(flags).toEqual([]);
  });

  it("is built and installed alone, and a C++ project finds it there", () => {
    run("cmake", ["-B", "build", `-DCMAKE_INSTALL_PREFIX=${prefix}`], library);
    run("cmake", ["--build", "build", "--target", "install"], library);
    const { printed } = buildApp(
      "other",
      "find_package(gate CONFIG REQUIRED)",
      `-DCMAKE_PREFIX_PATH=${prefix}`,
    );
    expect(printed).toEqual(expectedOf(network));
  });

  it("cannot have the name of a target that CMake keeps for itself", () => {
    expect(() => exportProject(xorNetwork, { format: "cmake", name: "test" })).toThrow(
      expect.objectContaining({
        message:
          'a network cannot be called "test" in a CMake project: its tools have that name for themselves',
        hint: "for example --name test_network",
      }),
    );
  });
});
