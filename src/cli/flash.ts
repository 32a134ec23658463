import { type Command, InvalidArgumentError, Option } from "commander";
import { oneLine } from "../base/printable.js";
import type { ImageFile } from "../board/readImage.js";
import type { FlashProgress, FlashReport, Loader } from "../flash/flasher.js";
import type { FlashPlan } from "../flash/planFlash.js";
import { FIRST_BAUD } from "../link/line.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { readBaud } from "./connect.js";
import { defaultBoard } from "./exportFirmware.js";
import { adviceFor, expectSerialLoader } from "./flashWays.js";
import { addQuietOption, startProgress } from "./progress.js";
import type { FlashOptions, Target } from "./reachLoader.js";

function readAddress(text: string): number {
  const address = Number(text);
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text) || address > 0xffffffff)
    throw new InvalidArgumentError("Not an address.");
  return address;
}

export function register(program: Command): void {
  const command = program
    .command("flash")
    .description("write firmware into a board's flash through its ROM bootloader, verify and start it")
    .argument("[image]", "an exported folder that is built, or a .bin, .hex or .elf", "firmware")
    .option(
      "--port <path>",
      "/dev/ttyUSB0, COM4, tcp://host:port, rfc2217://host:port, or what `pinfer board` prints",
    )
    .option("--virtual", "start a virtual board, flash it, and end it again", false)
    .option(
      "--with <program>",
      "by another way instead: drive (the ST-LINK's, or a Pico's), st-flash, openocd, dfu-util, probe-rs, cubeprogrammer",
    )
    .option("--drive <folder>", "for --with drive; by default the one that is mounted")
    .option(
      "--baud <rate>",
      "for the loader, which finds it out by itself: 1200 to 115200",
      readBaud,
      FIRST_BAUD,
    )
    .option("--entry <recipe>", "bring the board into its loader by RTS and DTR; see below")
    .option("--control <path>", "of a virtual board, where it is not found by its port")
    .addOption(
      new Option(
        "--address <address>",
        "where a .bin goes, if not where the board's flash begins (default: 0x08000000)",
      ).argParser(readAddress),
    )
    .option(
      "--board <board>",
      "what a .bin, .hex or .elf is for, with --dry-run and --with; or the folder of your own",
      defaultBoard,
    )
    .option("--no-start", "leave the board in its loader")
    .option("--dry-run", "say what would be erased and written, and touch nothing", false)
    .option("--json", "print JSON", false)
    .action(flash);
  addQuietOption(command);
  addExamples(command, [
    "pinfer flash firmware --port /dev/ttyUSB0",
    "pinfer flash firmware --port /dev/ttyUSB0 --entry rts-boot0-dtr-reset",
    "pinfer flash firmware --port rfc2217://lab.example.org:4000 --entry rts-boot0-dtr-reset",
    "pinfer flash firmware --with drive",
    "pinfer flash firmware --with st-flash",
  ]);
  command.addHelpText(
    "after",
    "\nEntry recipes: rts-boot0-dtr-reset and dtr-boot0-rts-reset for an adapter's pins wired straight to the board,\n" +
      "-inverted behind either for a transistor in both lines; or the steps themselves as stm32flash takes them,\n" +
      "enter:leave, such as -rts,dtr,-dtr:rts,dtr,-dtr (a comma is 100 ms, & none, - lets a line go).\n" +
      "Without one: set BOOT0 high and press reset. A virtual board is brought there by its control socket.\n" +
      "Other commands with a --port take the same recipe as --lines: opening the port may hold such a board in reset.",
  );
}

async function flash(path: string, options: FlashOptions): Promise<void> {
  const [{ readImage }, { findBoard }, { UserError }] = await Promise.all([
    import("../board/readImage.js"),
    import("../board/boards.js"),
    import("../base/errors.js"),
  ]);
  const named = [options.port !== undefined, options.virtual, options.with !== undefined].filter(
    Boolean,
  ).length;
  if (named > 1 || (named === 0 && !options.dryRun)) {
    throw new UserError(
      `expected one of --port, --virtual and --with, found ${named}`,
      "--port takes the serial port the board's loader listens on; --virtual needs no hardware",
    );
  }
  const image = await readImage(path, options.address ?? findBoard(options.board).flashAddress);
  if (options.with !== undefined) {
    const { flashWith } = await import("./flashWith.js");
    await flashWith(options.with, image, options);
    return;
  }
  if (options.dryRun) {
    const plan = await planFor(image, options);
    if (options.json) printJson({ dryRun: true, ...planToJson(plan) });
    else printText(await renderPlan(plan));
    return;
  }
  if (image.board !== undefined || options.virtual)
    expectSerialLoader(image.board ?? findBoard(options.board));
  const { reachLoader } = await import("./reachLoader.js");
  const target = await reachLoader(image.board, options);
  try {
    const { leaveAsFound } = await import("../flash/leaveAsFound.js");
    const result = await leaveAsFound(
      target.line,
      (aboutToErase) => flashTarget(target, image, options, aboutToErase),
      options.start ? target.goBack : undefined,
    );
    if (options.json) printJson(toJson(result));
    else printText(await render(result));
  } finally {
    await target.close();
  }
}

/** For the board that is named, without asking one. */
async function planFor(image: ImageFile, options: FlashOptions): Promise<FlashPlan> {
  const [{ findBoard }, { findChip }, { hex, planFlash }, { UserError }] = await Promise.all([
    import("../board/boards.js"),
    import("../flash/chips.js"),
    import("../flash/planFlash.js"),
    import("../base/errors.js"),
  ]);
  const board = image.board ?? findBoard(options.board);
  expectSerialLoader(board);
  const chip = findChip(board.productId!);
  if (chip === undefined) {
    throw new UserError(
      `pinfer has no map of the flash of board "${board.id}" (${board.mcu}, product ID ${hex(board.productId!).slice(-3)})`,
      "flash it with the programmer on the board: --with drive, or st-flash, openocd, probe-rs, cubeprogrammer",
    );
  }
  return planFlash(chip, image);
}

async function flashTarget(
  target: Target,
  image: ImageFile,
  options: FlashOptions,
  aboutToErase: () => void,
): Promise<Result> {
  const [flasher, { planFlash }, { expectChip }, { UserError }] = await Promise.all([
    import("../flash/flasher.js"),
    import("../flash/planFlash.js"),
    import("../flash/troubles.js"),
    import("../base/errors.js"),
  ]);
  const startedAt = performance.now();
  const { board, manifest } = image;
  const loader = await flasher.connectLoader(target.line, adviceFor(board));
  if (board !== undefined) expectChip(target.line.name, loader.chip, board);
  const plan = planFlash(loader.chip, image);
  const report = await withProgress(plan, (onProgress) =>
    flasher.flashImage(loader, plan, (progress) => {
      if (progress.phase === "erasing") aboutToErase();
      onProgress(progress);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const isAcknowledged = options.start && (await flasher.startProgram(loader, image.address));
  if (options.start) await target.leave();
  const answering = options.start && manifest !== undefined ? await target.askNetwork(manifest) : undefined;
  if (options.start && !isAcknowledged && answering === undefined) {
    throw new UserError(
      `the image is in flash and verified; the loader did not acknowledge its start`,
      "set BOOT0 low and reset the board",
    );
  }
  return { target, loader, plan, report, seconds, isStarted: options.start, answering };
}

async function withProgress(
  plan: FlashPlan,
  work: (onProgress: (progress: FlashProgress) => void) => Promise<FlashReport>,
): Promise<FlashReport> {
  const total = 2 * plan.blocks.reduce((sum, { data }) => sum + data.length, 0);
  const progress = startProgress("flash", total);
  const startedAt = performance.now();
  try {
    return await work(({ phase, doneBytes }) => {
      const done = Math.min(doneBytes, total);
      const leftSeconds = ((performance.now() - startedAt) / 1000) * (total / done - 1);
      progress.update(done, done === 0 ? phase : `${phase}, ${leftSeconds.toFixed(0)} s left`);
    });
  } finally {
    progress.stop();
  }
}

interface Result {
  readonly target: Target;
  readonly loader: Loader;
  readonly plan: FlashPlan;
  readonly report: FlashReport;
  readonly seconds: number;
  readonly isStarted: boolean;
  readonly answering: { readonly name: string; readonly hash: string } | undefined;
}

function planToJson({ chip, image, pages }: FlashPlan): object {
  return {
    chip: chip.name,
    address: image.address,
    bytes: image.data.length,
    pages: pages.map((page) => page.number),
  };
}

function toJson({ target, loader, plan, report, seconds, isStarted, answering }: Result): object {
  const { protocolVersion } = loader.description;
  return {
    ...{ port: target.line.name, ...planToJson(plan), protocolVersion, ...report },
    ...{ seconds: Number(seconds.toFixed(3)), started: isStarted, network: answering ?? null },
  };
}

async function renderPlan(plan: FlashPlan): Promise<string> {
  const { formatCount } = await import("../base/table.js");
  const { hex } = await import("../flash/planFlash.js");
  const { pageName } = await import("../flash/chips.js");
  const { chip, image, pages, blocks } = plan;
  const bytes = pages.reduce((sum, page) => sum + page.bytes, 0);
  const [first, last] = [pages[0], pages.at(-1)!].map(pageName);
  const numbers = first === last ? first : `${first} to ${last}`;
  return (
    `${chip.name}: ${formatCount(image.data.length)} B at ${hex(image.address)}\n` +
    `erase ${numbers}: ${formatCount(bytes)} B from ${hex(pages[0].address)}\n` +
    `write ${blocks.length} blocks, that at ${hex(blocks[0].address)} last; read them back; go ${hex(image.address)}`
  );
}

async function render(result: Result): Promise<string> {
  const { formatCount } = await import("../base/table.js");
  const { hex } = await import("../flash/planFlash.js");
  const { target, loader, plan, report, seconds, isStarted, answering } = result;
  const { chip, image } = plan;
  const version = (loader.description.protocolVersion / 16).toFixed(1);
  const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const repeated = report.retries === 0 ? "" : `; ${count(report.retries, "exchange")} repeated`;
  const lines = [
    oneLine`${chip.name} on ${target.line.name}, loader's protocol ${version}`,
    `${formatCount(image.data.length)} B at ${hex(image.address)}: ${count(report.erasedPages, "page")} erased, written, ` +
      `verified by ${report.verifiedBy}, in ${seconds.toFixed(1)} s${repeated}`,
    ...(isStarted ? ["started"] : []),
    ...(answering ? [oneLine`"${answering.name}" (${answering.hash.slice(0, 8)}) answers`] : []),
  ];
  return lines.join("\n");
}
