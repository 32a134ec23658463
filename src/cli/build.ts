import type { Command } from "commander";
import { printable } from "../base/printable.js";
import type { BuiltFirmware } from "../board/buildFolder.js";
import { addJunitOption, type Checks, withChecks } from "./checks.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { addLimits, checkImage, type Limits, ramBytes } from "./gates.js";

interface BuildOptions extends Pick<Limits, "maxFlash" | "maxRam"> {
  readonly changed: boolean;
  readonly junit?: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("build")
    .description("compile a folder that export-firmware wrote; images go to its build/")
    .argument("[folder]", "the exported firmware", "firmware")
    .option("--changed", "take the folder's files as they are: you changed some on purpose", false)
    .option("--json", "print JSON", false)
    .action((folder: string, options: BuildOptions) =>
      withChecks("build", options.junit, (checks) => run(folder, options, checks)),
    );
  addLimits(addJunitOption(command), ["maxFlash", "maxRam"]);
  addExamples(command, [
    "pinfer build",
    "pinfer build firmware --json",
    "pinfer build firmware --changed",
    "pinfer build firmware --max-flash 64KiB --max-ram 16KiB --junit build.xml",
  ]);
}

async function run(
  folder: string,
  { changed, json, ...limits }: BuildOptions,
  checks: Checks,
): Promise<void> {
  const [{ buildFolder }, { acceptChanges }] = await Promise.all([
    import("../board/buildFolder.js"),
    import("../board/manifest.js"),
  ]);
  if (changed) acceptChanges(folder);
  const built = await buildFolder(folder);
  checks.tell("board", built.board.id);
  checks.tell("hash", built.manifest.network.hash);
  checkImage(checks, limits, built.image.sizes);
  if (json) printJson({ board: built.board.id, ...built.image, failures: checks.failures });
  else printText(await render(built));
}

async function render({ board, manifest, image }: BuiltFirmware): Promise<string> {
  const [{ formatCount, renderTable }, { networkSources }] = await Promise.all([
    import("../base/table.js"),
    import("../board/manifest.js"),
  ]);
  const files = printable(
    [image.elf, image.bin, image.hex, image.uf2].filter((file) => file !== undefined).join(" "),
  );
  const { sizes } = image;
  if (sizes === undefined) return `built ${files}`;
  const ram = ramBytes(sizes);
  const share = (bytes: number, of: number): string => `${((100 * bytes) / of).toFixed(1)} %`;
  const code = sizes.flashBytes - manifest.sizes.tables;
  const rows = [
    ["flash", sizes.flashBytes, share(sizes.flashBytes, board.flashBytes)],
    ["  tables of the network", manifest.sizes.tables, ""],
    ["  code, link and boot", code, ""],
    ["RAM", ram, share(ram, board.ramBytes)],
    ["  arena", sizes.arenaBytes, ""],
    ["  stack", sizes.stackBytes, ""],
    ["  variables", sizes.staticRamBytes, ""],
  ] as const;
  const table = renderTable(
    [
      { title: board.id, align: "left" },
      { title: "bytes", align: "right" },
      { title: "of the board's", align: "right" },
    ],
    rows.map(([name, bytes, of]) => [name, formatCount(bytes), of]),
  );
  return `built ${files}, ${networkSources(manifest).network} optimized for ${manifest.optimize}\n\n${table}`;
}
