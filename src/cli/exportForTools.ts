import type { ProjectOptions } from "../../codegen/formats/exportProject.js";
import { writeExported } from "../../codegen/writeFirmware.js";
import { oneLine } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import type { QuantizedNetwork } from "../network/quantizedNetwork.js";
import type { Optimize } from "../program/program.js";
import { describeMode } from "../program/summarize.js";
import { printJson, printText } from "./commandLine.js";
import { describePins, expectFolderForExport } from "./exportFirmware.js";

interface ToolsOptions extends Omit<ProjectOptions, "optimize"> {
  readonly optimize: Optimize | undefined;
  readonly force: boolean;
  readonly json: boolean;
  /** What to say of measurements that kernels were chosen by. */
  readonly tuned: string | undefined;
}

/**
 * Writes a network's C as one kind of project takes it, and tells what came of it.
 *
 * @param folder default: what the network is called in C
 */
export async function exportForTools(
  network: QuantizedNetwork,
  folder: string | undefined,
  { force, json, optimize: mode = "speed", tuned, ...options }: ToolsOptions,
): Promise<void> {
  const { exportProject, layouts } = await import("../../codegen/formats/exportProject.js");
  const { files, manifest, pinPlan } = exportProject(network, { ...options, optimize: mode });
  const { layout, name, sizes } = manifest;
  const output = folder ?? name;
  if (!force) await expectFolderForExport(output);
  writeExported(output, files);
  const paths = files.map(({ path }) => path);
  if (json) {
    printJson({ folder: output, ...manifest, files: paths, written: undefined });
    return;
  }
  const own = paths.filter((path) => /\.[ch]$/.test(path));
  printText(
    `${oneLine`${output}: ${own.join(", ")} for ${layouts[layout].project}`}\n` +
      `optimized for ${describeMode(manifest)}: tables ${formatCount(sizes.tables)} B of flash, arena ${formatCount(sizes.arena)} B of RAM\n` +
      `${tuned === undefined ? "" : `${tuned}\n`}` +
      `${pinPlan === undefined ? "" : `${describePins(pinPlan)}, named as on ${pinPlan.board}, by functions of yours\n`}` +
      oneLine`next: ${output}/README.md says how it comes into a project`,
  );
}
