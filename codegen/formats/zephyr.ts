import { commentText } from "../names.js";
import type { Layout, ProjectFacts } from "./layout.js";

const optionOf = (name: string): string => `PINFER_${name.toUpperCase()}`;

/** Source: docs.zephyrproject.org, "Modules (External projects)": build.cmake is a folder, build.kconfig a file. */
function printModule({ name }: ProjectFacts): string {
  return [`name: ${name}`, "build:", "  cmake: zephyr", "  kconfig: zephyr/Kconfig", ""].join("\n");
}

function printCMakeLists({ name, sources }: ProjectFacts): string {
  const root = "$" + "{CMAKE_CURRENT_LIST_DIR}/..";
  const lines = [
    `if(CONFIG_${optionOf(name)})`,
    `  zephyr_library_named(pinfer_${name})`,
    ...sources.map((source) => `  zephyr_library_sources(${root}/${source})`),
    `  zephyr_include_directories(${root}/include)`,
    "endif()",
    "",
  ];
  return lines.join("\n");
}

function printKconfig({ name, network }: ProjectFacts): string {
  const lines = [
    `config ${optionOf(name)}`,
    `\tbool "The network ${name}, written by pinfer"`,
    "\thelp",
    `\t  Network ${commentText(network.name)} as C of integers: tables ${network.tableBytes} B,`,
    `\t  arena ${network.arenaBytes} B.`,
    "",
  ];
  return lines.join("\n");
}

export const zephyr: Layout = {
  project: "a Zephyr application",
  headers: "include",
  sources: "src",
  takenNames: [],
  describe: (facts) => [
    { path: "zephyr/module.yml", data: printModule(facts) },
    { path: "zephyr/CMakeLists.txt", data: printCMakeLists(facts) },
    { path: "zephyr/Kconfig", data: printKconfig(facts) },
  ],
  explain: ({ name }) => [
    {
      files: ["zephyr/module.yml", "zephyr/CMakeLists.txt", "zephyr/Kconfig"],
      purpose: `the module \`${name}\``,
    },
  ],
  steps: ({ name }) => [
    `Put this folder beside your application's \`CMakeLists.txt\` as \`${name}\`, and the line below into that file before \`find_package(Zephyr)\`.`,
    `Put \`CONFIG_${optionOf(name)}=y\` into \`prj.conf\`.`,
    `Include \`<${name}.h>\`, from C or C++.`,
  ],
  snippet: ({ name }) => ({
    language: "cmake",
    lines: [`list(APPEND EXTRA_ZEPHYR_MODULES \${CMAKE_CURRENT_SOURCE_DIR}/${name})`],
  }),
};
