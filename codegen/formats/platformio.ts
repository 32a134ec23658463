import { commentText } from "../names.js";
import { type Layout, type ProjectFacts, versionOf } from "./layout.js";

/** Source: docs.platformio.org, library.json: fields name, version, description, headers, frameworks, platforms. */
function printLibraryJson({ name, network }: ProjectFacts): string {
  const description = `Network ${commentText(network.name)} as C of integers, written by pinfer ${network.version}`;
  const library = {
    name,
    version: versionOf(network),
    description: description.slice(0, 255),
    headers: `${name}.h`,
    frameworks: "*",
    platforms: "*",
  };
  return `${JSON.stringify(library, null, 2)}\n`;
}

export const platformio: Layout = {
  project: "a PlatformIO project",
  headers: "include",
  sources: "src",
  takenNames: [],
  describe: (facts) => [{ path: "library.json", data: printLibraryJson(facts) }],
  explain: () => [{ files: ["library.json"], purpose: "what PlatformIO reads of the library" }],
  steps: ({ name }) => [
    `Put this folder into your project's \`lib/\` as \`lib/${name}\`.`,
    "Include the header, from C or C++: PlatformIO then finds and builds the library, with any framework and board.",
  ],
  snippet: ({ name }) => ({ language: "cpp", lines: [`#include <${name}.h>`] }),
};
