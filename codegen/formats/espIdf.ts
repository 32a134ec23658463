import { commentText } from "../names.js";
import { type Layout, type ProjectFacts, versionOf } from "./layout.js";

function printCMakeLists({ sources }: ProjectFacts): string {
  const named = sources.map((source) => `"${source}"`).join(" ");
  return `idf_component_register(SRCS ${named} INCLUDE_DIRS "include")\n`;
}

/** Source: docs.espressif.com, idf-component-manager, "idf_component.yml Manifest File"; a string of JSON is one of YAML. */
function printManifest({ network }: ProjectFacts): string {
  const description = `Network ${commentText(network.name)} as C of integers, written by pinfer ${network.version}`;
  return `version: "${versionOf(network)}"\ndescription: ${JSON.stringify(description)}\n`;
}

export const espIdf: Layout = {
  project: "an ESP-IDF project",
  headers: "include",
  sources: "src",
  // a project's component replaces ESP-IDF's own of its name; these are, from memory, folders of its components/ that
  // a network could be called
  takenNames: (
    "bootloader bt console cxx driver efuse fatfs freertos hal heap json log lwip mbedtls mqtt newlib openthread partition_table " +
    "perfmon protocomm pthread riscv rt sdmmc soc spi_flash spiffs tcp_transport ulp unity usb vfs wear_levelling xtensa"
  ).split(" "),
  describe: (facts) => [
    { path: "CMakeLists.txt", data: printCMakeLists(facts) },
    { path: "idf_component.yml", data: printManifest(facts) },
  ],
  explain: ({ name }) => [
    { files: ["CMakeLists.txt", "idf_component.yml"], purpose: `the component \`${name}\`` },
  ],
  steps: ({ name }) => [
    `Put this folder into your project's \`components/\` as \`components/${name}\`.`,
    "`main` sees it as it is; a component of yours names it, as below.",
    `Include \`${name}.h\`, from C or C++.`,
  ],
  snippet: ({ name }) => ({
    language: "cmake",
    lines: [`idf_component_register(SRCS "app.c" INCLUDE_DIRS "." REQUIRES ${name})`],
  }),
};
