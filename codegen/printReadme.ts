import { escapeMarkdown } from "../src/base/markdown.js";
import { formatCount } from "../src/base/table.js";
import type { Board } from "../src/board/board.js";
import type { FirmwareManifest } from "../src/board/manifest.js";
import type { GeneratedNetwork } from "./generatedNetwork.js";
import type { NetworkFacts, PortFacts } from "./networkFacts.js";
import { printExample } from "./printExample.js";
import { shapeText } from "./printSlots.js";

/** Files of an export, and what they are for. */
export interface FilesFacts {
  readonly files: readonly string[];
  readonly purpose: string;
}

/** Lines of Markdown under a title. */
export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What an exported folder's README.md says, settled. Names are free text. */
export interface FolderFacts {
  readonly network: NetworkFacts;
  /** What the C is for: a board, another's tool. */
  readonly target: string;
  readonly parts: readonly FilesFacts[];
  readonly sections: readonly Section[];
}

export const fenced = (language: string, lines: readonly string[]): string[] => [
  `\`\`\`${language}`,
  ...lines,
  "```",
];

/** A program with the network, in C. Networks with an arena of their own share nothing; others get it from whoever calls. */
export function exampleLines(generated: GeneratedNetwork, network: NetworkFacts): string[] {
  return fenced("c", printExample(generated, network));
}

export function describeFirmware(
  generated: GeneratedNetwork,
  network: NetworkFacts,
  { title, flashBytes, flashedBy }: Pick<Board, "title" | "flashBytes" | "flashedBy">,
  { pins, dut, arena }: Pick<FirmwareManifest, "pins" | "dut" | "arena">,
): FolderFacts {
  const { prefix } = generated;
  const own = [`${prefix}.h`, `${prefix}.c`];
  const firmware = dut ? "link, boot, the text protocol of MLPerf Tiny" : "link and boot";
  const commands = [
    "npx pinfer build .   # or: make, or: cmake -B build && cmake --build build",
    ...(flashBytes > 0
      ? [
          flashedBy?.includes("uf2")
            ? "npx pinfer flash . --with drive   # plugged in with BOOTSEL held; or copy build/firmware.uf2 to RPI-RP2"
            : "npx pinfer flash . --port /dev/ttyUSB0",
          "npx pinfer compare ../model.json --port /dev/ttyUSB0 --input inputs.npy   # 0 bytes differ from the host's",
        ]
      : []),
  ];
  const share = arena === "shared" ? " The arena is yours: other networks may use it in turn." : "";
  return {
    network,
    target: title,
    parts: [
      {
        files: own,
        purpose: "the network, which stands alone; the header says what there is to call",
      },
      ...(pins ? [{ files: ["pins.h", "pins.c"], purpose: "which pins are read and driven, and how" }] : []),
      ...(pins === "windows"
        ? [
            {
              files: ["windows.h", "windows.c"],
              purpose: "how moments become windows, and outputs decisions",
            },
          ]
        : []),
      { files: ["firmware/"], purpose: `what makes a program of it on the board: ${firmware}` },
      { files: ["Makefile", "CMakeLists.txt"], purpose: "build that program without pinfer" },
      { files: ["pinfer.json"], purpose: "what was exported, for pinfer: which files belong together" },
    ],
    sections: [
      { title: "The whole program", lines: fenced("sh", commands) },
      {
        title: "In a program of your own",
        lines: [
          `Copy ${own.map((file) => `\`${file}\``).join(" and ")}; nothing else is needed.${share}`,
          "",
          ...exampleLines(generated, network),
        ],
      },
    ],
  };
}

/** One row of a table. */
function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function listNames(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [
    "",
    row("number", title),
    "|---:|---|",
    ...names.map((name, index) => row(String(index), escapeMarkdown(name))),
  ];
}

/** Columns with their scales, or their names alone. */
function listColumns({ labels, quantizations, columns }: PortFacts): string[] {
  if (quantizations.length === 1) return listNames("input column", labels);
  return [
    "",
    row("number", "input column", "scale", "zero point"),
    "|---:|---|---:|---:|",
    ...Array.from({ length: columns }, (_, index) => {
      const { scale, zeroPoint } = quantizations[index]!;
      const name = escapeMarkdown(labels[index] ?? "");
      return row(String(index), name, String(Number(scale.toPrecision(6))), String(zeroPoint));
    }),
  ];
}

function portRow(what: string, { slot, stem, elements, quantizations }: PortFacts): string {
  const [{ scale, zeroPoint }] = quantizations as [(typeof quantizations)[number]];
  const isOne = quantizations.length === 1;
  return row(
    stem === what ? what : `${what} ${escapeMarkdown(slot.name)}`,
    `\`${shapeText(slot)}\``,
    formatCount(elements),
    formatCount(slot.bytes),
    isOne ? String(Number(scale.toPrecision(6))) : "each column's own",
    isOne ? String(zeroPoint) : "each column's own",
  );
}

/** The README.md of an exported folder. */
export function printReadme({ network, target, parts, sections }: FolderFacts): string {
  const { name, hash, version, inputs, outputs, layerNames } = network;
  const [{ files: own }] = parts as [FilesFacts];
  const [header] = own as [string];
  const lines = [
    `# ${escapeMarkdown(name)} in C, for ${escapeMarkdown(target)}`,
    "",
    `Written by pinfer ${escapeMarkdown(version)} from the network with SHA-256 \`${hash}\`. Export it again to change it.`,
    "",
    row("file", "what it is"),
    "|---|---|",
    ...parts.map(({ files, purpose }) => row(files.map((file) => `\`${file}\``).join(", "), purpose)),
    "",
    ...sections.flatMap(({ title, lines: text }) => [`## ${title}`, "", ...text, ""]),
    row("", "elements' type and shape", "elements", "bytes", "scale", "zero point"),
    "|---|---|---:|---:|---:|---:|",
    ...inputs.map((input) => portRow("input", input)),
    ...outputs.map((output) => portRow("output", output)),
    "",
    `real value = scale · (element − zero point). Tables take ${formatCount(network.tableBytes)} bytes of flash, the arena ${formatCount(network.arenaBytes)} bytes of`,
    `RAM; a run takes at most ${network.stackBytes} bytes of stack on a Cortex-M4 and goes through ${layerNames.length} ${layerNames.length === 1 ? "layer" : "layers"}. \`${header}\` tells the rest.`,
    ...inputs.flatMap(listColumns),
    ...outputs.flatMap(({ labels }) => listNames("class", labels)),
    "",
  ];
  return lines.join("\n");
}
