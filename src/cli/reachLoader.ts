import { UserError } from "../base/errors.js";
import type { Board } from "../board/board.js";
import type { FirmwareManifest } from "../board/manifest.js";
import type { VirtualStm32 as VirtualBoard } from "../board/virtualStm32.js";
import type { EntryRecipe } from "../flash/entry.js";
import type { SerialLoader } from "../flash/serialLoader.js";
export interface FlashOptions {
  readonly port?: string;
  readonly virtual: boolean;
  readonly with?: string;
  readonly drive?: string;
  readonly baud: number;
  readonly entry?: string;
  readonly control?: string;
  readonly address?: number;
  readonly board: string;
  readonly start: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** A board whose loader listens. */
export interface Target {
  readonly line: SerialLoader;
  /** Lets later resets lead to the program. */
  leave(): Promise<void>;
  /** The same for the program that was there before, which is reset to unless it was started. */
  goBack(isStarted: boolean): Promise<void>;
  /** Asks the program that was started which network it runs. */
  askNetwork(manifest: FirmwareManifest): Promise<{ name: string; hash: string }>;
  close(): Promise<void>;
}

/** What a board's pins are reached by. */
interface Pins {
  enter(line: SerialLoader): Promise<void>;
  leave(line: SerialLoader): Promise<void>;
  /** Starts what is in flash; where `leave` does not. */
  reset?(): Promise<void>;
  readonly recipe?: EntryRecipe;
}

/**
 * Opens the port that the options name and brings the board into its loader, as far as it can be reached.
 *
 * @param board to start with --virtual
 */
export async function reachLoader(board: Board | undefined, options: FlashOptions): Promise<Target> {
  const { openSerialLoader } = await import("../flash/serialLoader.js");
  if (options.virtual) {
    const virtual = await startVirtual(board, options.board);
    try {
      const line = await openSerialLoader(virtual.portPath, options.baud);
      return target(line, virtual, virtual.close);
    } catch (error) {
      await virtual.close();
      throw error;
    }
  }
  const pins = await choosePins(options.port!, options);
  const line = await openSerialLoader(options.port!, options.baud);
  try {
    await pins.enter(line);
  } catch (error) {
    await line.close();
    throw error;
  }
  return target(line, pins, async () => undefined);
}

function target(line: SerialLoader, pins: Pins, close: () => Promise<void>): Target {
  return {
    line,
    leave: () => pins.leave(line),
    goBack: async (isStarted) => {
      await pins.leave(line);
      if (!isStarted) await pins.reset?.();
    },
    askNetwork: async (manifest) => {
      await line.close();
      return askNetwork(line.name, manifest, pins.recipe);
    },
    close: async () => {
      await line.close();
      await close();
    },
  };
}

async function choosePins(port: string, { entry, control }: FlashOptions): Promise<Pins> {
  const { readEntry, runEntry } = await import("../flash/entry.js");
  if (entry !== undefined) {
    const recipe = readEntry(entry);
    return {
      recipe,
      enter: (line) => runEntry(recipe.enter, line),
      leave: (line) => runEntry(recipe.leave, line),
    };
  }
  const { askControl, controlPath, isControlled } = await import("../board/boardControl.js");
  const path = control ?? controlPath(port);
  if (control === undefined && !(await isControlled(path))) {
    return { enter: async () => undefined, leave: async () => undefined }; // somebody's hand is
  }
  return {
    enter: () => askControl(path, ["boot0 1", "reset"]),
    leave: () => askControl(path, ["boot0 0"]),
    reset: () => askControl(path, ["reset"]),
  };
}

async function startVirtual(
  board: Board | undefined,
  boardId: string,
): Promise<Pins & { readonly portPath: string; close(): Promise<void> }> {
  const [{ findBoard }, { VirtualStm32 }, { openBoardPorts }] = await Promise.all([
    import("../board/boards.js"),
    import("../board/virtualStm32.js"),
    import("../board/boardPorts.js"),
  ]);
  let virtual: VirtualBoard | undefined;
  const ports = await openBoardPorts((bytes) => virtual?.receive(bytes));
  try {
    virtual = await VirtualStm32.start({ board: board ?? findBoard(boardId), boot0: true, send: ports.send });
  } catch (error) {
    await ports.close();
    throw error;
  }
  const started = virtual;
  return {
    portPath: ports.pty ?? ports.tcp,
    enter: async () => undefined,
    leave: async () => {
      started.boot0 = false;
    },
    close: async () => {
      await started.close();
      await ports.close();
    },
  };
}

async function askNetwork(
  port: string,
  { network }: FirmwareManifest,
  recipe: EntryRecipe | undefined,
): Promise<{ name: string; hash: string }> {
  const [{ openSerialDevice }, { runEntry }] = await Promise.all([
    import("../link/serialDevice.js"),
    import("../flash/entry.js"),
  ]);
  const device = await openSerialDevice(
    port,
    recipe === undefined ? {} : { prepare: (lines) => runEntry(recipe.leave, lines) },
  );
  try {
    const { name, hash } = (await device.hello()).network;
    if (hash === network.hash) return { name, hash };
    throw new UserError(
      `the board runs network "${name}" ${hash.slice(0, 8)} after flashing "${network.name}" ${network.hash.slice(0, 8)}`,
      "build the folder again, and flash it",
    );
  } catch (cause) {
    if (cause instanceof UserError && cause.message.startsWith("no answer")) {
      throw new UserError(
        `the image is in flash and verified, but the firmware does not answer on ${port}`,
        "set BOOT0 low and reset the board; the firmware's port is that of the loader (`pinfer boards`)",
        { cause },
      );
    }
    throw cause;
  } finally {
    await device.close();
  }
}
