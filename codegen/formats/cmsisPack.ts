import { zipSync } from "fflate";
import { commentText } from "../names.js";
import type { Layout, ProjectFacts } from "./layout.js";

const version = "1.0.0";
const vendor = "pinfer";

const escapeXml = (text: string): string => text.replace(/[<>&"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

/** Source: Open-CMSIS-Pack-Spec, "Pack Description (*.pdsc) Format", and its schema PACK.xsd. */
function printDescription({ name, network, headers, sources }: ProjectFacts): string {
  const title = escapeXml(`Network ${commentText(network.name)} as C of integers`);
  const file = (category: string) => (path: string) =>
    `        <file category="${category}" name="${path}"/>`;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<package schemaVersion="1.7.7" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance" xs:noNamespaceSchemaLocation="PACK.xsd">',
    `  <vendor>${vendor}</vendor>`,
    `  <name>${name}</name>`,
    `  <description>${title}</description>`,
    "  <url></url>",
    "  <releases>",
    `    <release version="${version}">Written by pinfer ${escapeXml(network.version)} from the network with SHA-256 ${network.hash}.</release>`,
    "  </releases>",
    "  <components>",
    `    <component Cclass="Machine Learning" Cgroup="${name}" Cversion="${version}">`,
    `      <description>${title}</description>`,
    "      <files>",
    ...headers.map(file("header")),
    ...sources.map(file("source")),
    "      </files>",
    "    </component>",
    "  </components>",
    "</package>",
    "",
  ];
  return lines.join("\n");
}

const packName = (name: string): string => `${vendor}.${name}.${version}.pack`;
const descriptionName = (name: string): string => `${vendor}.${name}.pdsc`;

export const cmsisPack: Layout = {
  project: "a project with CMSIS packs",
  headers: "Include",
  sources: "Source",
  takenNames: [],
  describe: (facts) => [{ path: descriptionName(facts.name), data: printDescription(facts) }],
  // no time of day, so that the same network gives the same bytes; the least that a zip can say, in local time
  pack: ({ name }, files) => ({
    path: packName(name),
    data: zipSync(Object.fromEntries(files.map(({ path, data }) => [path, new TextEncoder().encode(data)])), {
      mtime: new Date(1980, 0, 1),
    }),
  }),
  explain: ({ name }) => [
    { files: [packName(name)], purpose: "the pack: the files here in a zip archive" },
    { files: [descriptionName(name)], purpose: "its description" },
  ],
  steps: ({ name }) => [
    `Install the pack (\`cpackget add ${packName(name)}\`, or a click on it with Keil), or name this folder as below. A pack of the same version has to go first (\`cpackget rm ${vendor}::${name}\`).`,
    `Choose the component *Machine Learning › ${name}*, in the IDE or in \`cproject.yml\` as below.`,
    `Include \`${name}.h\`, from C or C++.`,
  ],
  snippet: ({ name }) => ({
    language: "yaml",
    lines: [
      "project:",
      "  packs:",
      `    - pack: ${vendor}::${name}`,
      `      path: ./${name}`,
      "  components:",
      `    - component: ${vendor}::Machine Learning:${name}`,
    ],
  }),
};
