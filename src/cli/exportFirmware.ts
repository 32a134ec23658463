import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { ArenaOwner } from "../../codegen/generatedNetwork.js";
import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import { type ProjectFormat, projectFormats } from "../board/projectFormats.js";
import type { TextForm } from "../board/textForm.js";
import type { PinPlan } from "../pins/planPins.js";
import type { PlannedWindows } from "../pins/planWindows.js";
import type { Optimize } from "../program/program.js";
import { describeMode } from "../program/summarize.js";
import type { Target } from "../program/target.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { addOptimizeOption } from "./optimizeOption.js";
import { readQuantizedModel } from "./readModel.js";
import { addTargetOption, chooseTarget } from "./targetOption.js";

export const defaultBoard = "olimex-stm32-h405";

interface ExportOptions extends TextForm {
  readonly board?: string;
  readonly format?: ProjectFormat;
  readonly output?: string;
  readonly force: boolean;
  readonly dut: boolean;
  readonly json: boolean;
  readonly optimize?: Optimize;
  readonly target?: Target;
  readonly pins: boolean;
  readonly name?: string;
  readonly arena?: ArenaOwner;
  readonly slots: boolean;
  readonly link: boolean;
  readonly tune?: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("export-firmware")
    .description(
      "write a model as C with a board's firmware around it, ready to build; or with --format as C alone, for a project of yours",
    )
    .argument("<model>", "model.json, as train and import write it")
    .option(
      "--board <board>",
      `what \`pinfer boards\` lists, or the folder of your own: ./boards/mine (default: "${defaultBoard}")`,
    )
    .addOption(
      new Option(
        "--format <format>",
        "no firmware: the network's C as these projects take it (docs/formats.md)",
      ).choices(projectFormats),
    )
    .option(
      "-o, --output <folder>",
      'where to write (default: "firmware"; with --format what the network is called in C)',
    )
    .option("--force", "write into a folder that holds other files too; none of them is overwritten", false)
    .option(
      "--name <name>",
      "what its files, functions and macros in C are called (default: network; with --format as the model is called)",
    )
    .addOption(
      new Option(
        "--arena <whose>",
        "where activations are: own, a variable of the network's; shared, the caller's, for networks that take turns",
      ).choices(["own", "shared"]),
    )
    .option("--no-pins", "leave out the model's pin map: firmware that only answers the link")
    .option("--dut", "answer the text protocol of MLPerf Tiny too (3 KB of flash)", false)
    .addOption(
      new Option(
        "--dut-input <type>",
        "what its texts bring: int8; u8 for pixels; f32 for real values",
      ).choices(["int8", "u8", "f32"]),
    )
    .addOption(
      new Option("--dut-result <form>", "what it answers: outputs, or mse between input and output").choices([
        "outputs",
        "mse",
      ]),
    )
    .option(
      "--slots",
      "two slots of flash for other weights, which `pinfer update` brings; `pinfer boards` says where",
      false,
    )
    .option("--link", "with --format: what answers compare, infer and profile over a UART of yours", false)
    .option(
      "--tune",
      "measure each layer's best kernels on an emulated Cortex-M4 first, and keep that in <model>.tuning.json, which later exports use",
    )
    .option("--no-tune", "do not use <model>.tuning.json")
    .option("--json", "print JSON", false)
    .action(async (model: string, options: ExportOptions) => {
      const { board: boardId, output = "firmware", force, json, optimize, dutInput, dutResult } = options;
      const { format, name, arena, link } = options;
      const dut = options.dut || dutInput !== undefined || dutResult !== undefined;
      if (format !== undefined && dut) {
        throw new UserError(
          `--dut is about firmware; --format ${format} writes none`,
          "leave out one of the two",
        );
      }
      const target = await chooseTarget(options);
      if (format === undefined && target !== undefined && boardId === undefined) {
        throw new UserError(
          `--target ${target.id} is for C without firmware; firmware is for a board, which has its core`,
          "give --board, or --format",
        );
      }
      if (format === undefined && link) {
        throw new UserError(
          "--link is about a project of yours; firmware has the link without it",
          `leave it out, or say which project: --format ${projectFormats.join(", ")}`,
        );
      }
      const { findBoard } = await import("../board/boards.js");
      const board = findBoard(boardId ?? defaultBoard);
      const { quantized, pins: pinMap } = await readQuantizedModel(model, "any");
      const { findTuning } = await import("./tune.js");
      const planned = format === undefined || boardId !== undefined ? board.target : target;
      const { measured, line: tuned } = await findTuning(model, quantized, {
        ...{ tune: options.tune, optimize, target: planned, slots: options.slots },
      });
      if (format !== undefined) {
        const { exportForTools } = await import("./exportForTools.js");
        await exportForTools(quantized, options.output, {
          ...{ format, name, arena, optimize, target, force, json, link, measured, tuned },
          board: boardId === undefined ? undefined : board,
          pins: options.pins && pinMap ? { map: pinMap, board } : undefined,
        });
        return;
      }
      if (!force) await expectFolderForExport(output);
      const pins = options.pins ? pinMap : undefined;
      const { writeFirmware } = await import("../../codegen/writeFirmware.js");
      const { manifest, files, pinPlan, text } = await writeFirmware(quantized, board, output, {
        ...{ optimize, dut, dutInput, dutResult, pins, name, arena, slots: options.slots },
        measured,
      });
      if (json) {
        printJson({ folder: output, ...manifest, files: files.map(({ path }) => path), written: undefined });
        return;
      }
      const { sizes } = manifest;
      printText(
        `${oneLine`${output}: ${name ?? "network"}.c, ${name ?? "network"}.h and firmware for ${board.title}`}\n` +
          `optimized for ${describeMode(manifest)}: tables ${formatCount(sizes.tables)} B of flash, arena ${formatCount(sizes.arena)} B of RAM\n` +
          `${tuned === undefined ? "" : `${tuned}\n`}` +
          `${pinPlan === undefined ? "" : `${describePins(pinPlan)}\n`}` +
          `${text === undefined ? "" : describeText(text)}` +
          oneLine`next: pinfer build ${output}`,
      );
    });
  addTargetOption(addOptimizeOption(command));
  addExamples(command, [
    "pinfer export-firmware model.json",
    "pinfer export-firmware model.json --optimize size",
    "pinfer export-firmware model.json --tune",
    "pinfer export-firmware model.json --board b-l475e-iot01a --no-pins",
    "pinfer export-firmware model.json --board host -o build/host",
    "pinfer export-firmware model.json --name gesture",
    "pinfer export-firmware model.json --name gesture --arena shared",
    "pinfer export-firmware model.json --format cmake --name gesture",
    "pinfer export-firmware model.json --format arduino --name gesture -o ~/Arduino/libraries/gesture",
    "pinfer export-firmware model.json --format cubeide --name gesture --link",
    "pinfer export-firmware model.json --format zephyr --board nucleo-f446re",
    "pinfer export-firmware model.json --format cubeide --name gesture --target cortex-m4",
    "pinfer export-firmware model.json --format plain --name gesture -o src/gesture --optimize size",
    "pinfer export-firmware model.json --board pico --slots",
    "pinfer export-firmware model.json --dut",
    "pinfer export-firmware model.json --dut-input f32 --dut-result mse",
  ]);
  command.addHelpText(
    "after",
    "\nA network that is called as MLPerf Tiny's runner calls its own (pinfer import --name ic01) speaks as its data sets\n" +
      "need: kws01 int8, ic01 and vww01 u8, ad01 f32 and mse.",
  );
}

/** Nothing where they bring what the network takes, and get its outputs. */
function describeText({ dutInput, dutResult }: Required<TextForm>): string {
  if (dutInput === "int8" && dutResult === "outputs") return "";
  return `texts of MLPerf Tiny's protocol bring ${dutInput} and get ${dutResult}\n`;
}

/**
 * "pins: PC0, PC1, PC2 in; PA5 out; PB1 high during inference; every 10 ms", and behind it
 * "; windows of 119 moments, a new one every 20; means over 4 windows; on with 3 of 5 votes"
 */
export function describePins({ inputs, outputs, timing, everyMs, windows }: PinPlan): string {
  const names = (pins: readonly { readonly name: string }[]): string =>
    pins.map(({ name }) => name).join(", ");
  const parts = [
    `${names(inputs)} in`,
    `${names(outputs)} out`,
    ...(timing === undefined ? [] : [`${timing.name} high during inference`]),
    `every ${everyMs} ms`,
    ...(windows === undefined ? [] : describeWindows(windows)),
  ];
  return `pins: ${parts.join("; ")}`;
}

function describeWindows({ window, hop, average, wins, of }: PlannedWindows): string[] {
  return [
    `windows of ${formatCount(window)} moments, a new one every ${formatCount(hop)}`,
    ...(average > 1 ? [`means over ${average} windows`] : []),
    ...(of > 1 ? [`on with ${wins} of ${of} votes`] : []),
  ];
}

/** Keeps the command from writing among somebody's files by mistake. */
export async function expectFolderForExport(folder: string): Promise<void> {
  const { manifestName } = await import("../board/manifest.js");
  if (!existsSync(folder) || existsSync(join(folder, manifestName))) return;
  if (!statSync(folder).isDirectory()) {
    throw new UserError(
      `${folder} is a file; firmware is written into a folder`,
      "choose another name with -o",
    );
  }
  const found = readdirSync(folder).length;
  if (found > 0) {
    throw new UserError(
      `${folder} holds ${found} files and no ${manifestName}: it is no exported firmware`,
      "choose another folder with -o, or write into this one with --force",
    );
  }
}
