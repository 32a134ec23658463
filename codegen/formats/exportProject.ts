import { UserError } from "../../src/base/errors.js";
import { quoted } from "../../src/base/printable.js";
import type { Board } from "../../src/board/board.js";
import { hashesOf, manifestName, type ProjectManifest, printManifest } from "../../src/board/manifest.js";
import { parsePin } from "../../src/board/pinNames.js";
import type { ProjectFormat } from "../../src/board/projectFormats.js";
import { expectInt8Outputs, expectOnePort } from "../../src/network/ports.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import type { PinMap } from "../../src/pins/pinMap.js";
import { type PinPlan, planPins } from "../../src/pins/planPins.js";
import { type PlanOptions, planProgram } from "../../src/plan/planProgram.js";
import type { Program } from "../../src/program/program.js";
import { expectStateless } from "../expectStateless.js";
import type { NamingOptions } from "../generatedNetwork.js";
import type { NetworkFacts } from "../networkFacts.js";
import { type ExportedFile, printNetworkFiles, type TextFile } from "../networkFiles.js";
import { nameAfter } from "../networkNames.js";
import { exampleLines, fenced, printReadme } from "../printReadme.js";
import { arduino } from "./arduino.js";
import { cmake } from "./cmake.js";
import { cmsisPack } from "./cmsisPack.js";
import { cubeIde } from "./cubeIde.js";
import { espIdf } from "./espIdf.js";
import type { Layout, ProjectFacts } from "./layout.js";
import { printLinkExample } from "./linkExample.js";
import { printPinExample } from "./pinExample.js";
import { plain } from "./plain.js";
import { platformio } from "./platformio.js";
import { printLink } from "./printLink.js";
import { printPinCallbacks } from "./printRounds.js";
import { zephyr } from "./zephyr.js";

export const layouts: Readonly<Record<ProjectFormat, Layout>> = {
  ...{ cmake, platformio, arduino, zephyr, plain },
  ...{ "esp-idf": espIdf, "cmsis-pack": cmsisPack, cubeide: cubeIde },
};

export interface ProjectOptions extends PlanOptions, NamingOptions {
  readonly format: ProjectFormat;
  /** Tables and arena must fit it; what else runs there is not known. Its core is the target. */
  readonly board?: Board | undefined;
  /** The caller reads and drives them: gesture_pins.h and .c. Their names are those of a board. */
  readonly pins?: { readonly map: PinMap; readonly board: Board } | undefined;
  /** The caller's program answers pinfer over a UART of its own: gesture_link.h and .c. */
  readonly link?: boolean | undefined;
}

export interface ExportedProject {
  /** The manifest is the last. */
  readonly files: readonly ExportedFile[];
  readonly manifest: ProjectManifest;
  readonly program: Program;
  readonly pinPlan: PinPlan | undefined;
}

/**
 * Makes the folder that one kind of project takes a network's C from, without firmware. The C is the same in all of them.
 *
 * @throws UserError when the network cannot be planned, or its pins are none of the board's, or its name is none for
 *   C or taken by the tools
 */
export function exportProject(network: QuantizedNetwork, options: ProjectOptions): ExportedProject {
  const { format, arena, name = nameAfter(network.name), link = false } = options;
  const layout = layouts[format];
  if (layout.takenNames.includes(name)) {
    throw new UserError(
      `a network cannot be called "${name}" in ${layout.project}: its tools have that name for themselves`,
      `for example --name my_${name}`,
    );
  }
  const program = planProgram(network, { ...options, target: options.board?.target ?? options.target });
  if (link) expectOnePort(program, "the link of --link", "leave out --link");
  if (options.pins) expectOnePort(program, "a pin map", "leave out --board or the pin map (--no-pins)");
  if (options.pins) expectInt8Outputs(program, "a pin map", "leave out --board or the pin map (--no-pins)");
  if (format === "arduino")
    expectOnePort(program, "the sketch of --format arduino", "take its C alone: --format plain");
  if (link) expectStateless(program, "the caller's program runs it too", "leave out --link");
  if (options.pins)
    expectStateless(program, "pins run it whenever they are read", "leave out --board or the pin map");
  const pinPlan = options.pins && planPins(options.pins.map, program, withFreePins(options.pins.board));
  const { generated, facts: told, sizes, files: networkFiles } = printNetworkFiles(program, { name, arena });
  const pinFiles = pinPlan
    ? printPinCallbacks({ name, arena: generated.arena, network: told, program, plan: pinPlan, link })
    : [];
  const linkFiles = link ? printLink({ name, arena: generated.arena, network: told }) : [];
  const own = [...networkFiles, ...pinFiles, ...linkFiles];
  if (options.board) expectFits(told, options.board);
  const place = (folder: string) => (file: TextFile) =>
    folder === "" ? file : { ...file, path: `${folder}/${file.path}` };
  const headers = own.filter(({ path }) => path.endsWith(".h")).map(place(layout.headers));
  const sources = own.filter(({ path }) => path.endsWith(".c")).map(place(layout.sources));
  const pathOf = ({ path }: TextFile): string => path;
  const facts: ProjectFacts = {
    name,
    network: told,
    headers: headers.map(pathOf),
    sources: sources.map(pathOf),
    arena: generated.arena,
    pins: pinPlan,
    hasLink: link,
  };
  const isOf = (stem: string) => (path: string) => /(\w+)\.[ch]$/.exec(path)?.[1] === stem;
  const filesOf = (stem: string) => [...facts.headers, ...facts.sources].filter(isOf(stem));
  const readme = printReadme({
    network: told,
    target: layout.project,
    parts: [
      {
        files: filesOf(name),
        purpose: "the network; the header says what there is to call",
      },
      ...(pinPlan
        ? [
            {
              files: filesOf(`${name}_pins`),
              purpose: "what the firmware does with the model's pins, by functions of yours",
            },
          ]
        : []),
      ...(link
        ? [
            {
              files: filesOf(`${name}_link`),
              purpose: "what answers `pinfer compare` and others over a UART of yours",
            },
          ]
        : []),
      ...layout.explain(facts),
      { files: [manifestName], purpose: "what pinfer wrote here; nothing else reads it" },
    ],
    sections: [
      { title: `In ${layout.project}`, lines: howTo(layout, facts) },
      ...(pinPlan ? [{ title: "On its pins", lines: fenced("c", printPinExample(facts, pinPlan)) }] : []),
      ...(link ? [{ title: "Over your UART", lines: fenced("c", printLinkExample(facts)) }] : []),
      { title: "A program", lines: exampleLines(generated, told) },
    ],
  });
  const texts: TextFile[] = [
    ...[...headers, ...sources],
    ...layout.describe(facts),
    { path: "README.md", data: readme },
  ];
  const pack = layout.pack?.(facts, texts);
  const written = [...texts, ...(pack ? [pack] : [])];
  const manifest: ProjectManifest = {
    ...{ format: "pinfer-project", version: 1, layout: format, optimize: program.optimize },
    ...{ target: program.target.id, name },
    ...(arena === "shared" && { arena }),
    ...(pinPlan && { pins: pinPlan.windows === undefined ? true : "windows" }),
    ...(link && { link: true as const }),
    network: { name: program.name, hash: program.hash },
    sizes,
    written: hashesOf(written),
  };
  return {
    files: [...written, { path: manifestName, data: printManifest(manifest) }],
    manifest,
    program,
    pinPlan,
  };
}

/** Without firmware nothing has taken a pin, and what an ADC can read is the caller's to know. */
function withFreePins(board: Board): Board {
  const analog = new Map(board.pins.names.map((pin) => [pin, parsePin(pin)!]));
  return { ...board, pins: { ...board.pins, taken: new Map(), analog } };
}

/** @throws UserError with the numbers when the board's flash or RAM cannot hold the network */
function expectFits(
  { name, tableBytes, arenaBytes }: NetworkFacts,
  { id, flashBytes, ramBytes }: Board,
): void {
  for (const [what, needed, there] of [
    ["flash for its tables", tableBytes, flashBytes],
    ["RAM for its arena", arenaBytes, ramBytes],
  ] as const) {
    if (there === 0 || needed <= there) continue;
    throw new UserError(
      `network ${quoted(name)} needs ${needed} B of ${what}; board "${id}" has ${there} B`,
      "choose a larger board (`pinfer boards`), or leave out --board",
    );
  }
}

/** The steps, and what is typed in them. */
export function howTo({ steps, snippet }: Layout, facts: ProjectFacts): string[] {
  const { language, lines } = snippet(facts);
  return [...steps(facts).map((step, i) => `${i + 1}. ${step}`), "", ...fenced(language, lines)];
}
