import { commentText } from "../names.js";
import { type Layout, type ProjectFacts, versionOf } from "./layout.js";
import { printLinkSketch } from "./linkExample.js";
import { printPinSketch, printSketch } from "./sketch.js";

/** Source: docs.arduino.cc, "Library specification", rev. 2.2. */
function printProperties({ name, network }: ProjectFacts): string {
  const sentence = `Network ${commentText(network.name)} as C of integers.`;
  const lines = [
    `name=${name}`,
    `version=${versionOf(network)}`,
    `author=pinfer ${network.version}`,
    `maintainer=pinfer ${network.version}`,
    `sentence=${sentence}`,
    `paragraph=Its tables take ${network.tableBytes} bytes of flash, its arena ${network.arenaBytes} bytes of RAM. Written by pinfer ${network.version}; export it again to change it.`,
    "category=Data Processing",
    "url=",
    "architectures=*",
    `includes=${name}.h`,
    "",
  ];
  return lines.join("\n");
}

/** "street_light" → "StreetLight" */
const sketchName = (name: string): string =>
  name
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

const sketchPath = (name: string): string => `examples/${sketchName(name)}/${sketchName(name)}.ino`;
const linkSketchPath = (name: string): string => sketchPath(`${name}_link`);

export const arduino: Layout = {
  project: "an Arduino sketch",
  headers: "src",
  sources: "src",
  // Network.h is arduino-esp32's: the same file where names have no case
  takenNames: ["arduino", "network"],
  describe: (facts) => [
    { path: "library.properties", data: printProperties(facts) },
    {
      path: sketchPath(facts.name),
      data: facts.pins ? printPinSketch(facts, facts.pins) : printSketch(facts),
    },
    ...(facts.hasLink ? [{ path: linkSketchPath(facts.name), data: printLinkSketch(facts) }] : []),
  ],
  explain: ({ name, hasLink }) => [
    { files: ["library.properties"], purpose: "what the IDE reads of the library" },
    { files: [sketchPath(name)], purpose: "a sketch to begin with" },
    ...(hasLink ? [{ files: [linkSketchPath(name)], purpose: "a sketch that answers pinfer" }] : []),
  ],
  steps: ({ name }) => [
    `Put this folder into \`libraries/\` of your sketchbook as \`libraries/${name}\`, and start the IDE again.`,
    `Open *File › Examples › ${name} › ${sketchName(name)}*, choose your board, and upload it.`,
    "Or include the header in a sketch of your own.",
  ],
  snippet: ({ name }) => ({ language: "cpp", lines: [`#include <${name}.h>`] }),
};
