import { read } from "node:fs";
import { promisify } from "node:util";
import { DarwinPortBinding, LinuxPortBinding } from "@serialport/bindings-cpp";
import { EVENTS } from "@serialport/bindings-cpp/dist/poller.js";
import { unixRead } from "@serialport/bindings-cpp/dist/unix-read.js";
import { SerialPort } from "serialport";
import { UserError } from "../base/errors.js";
import type { Port, PortSettings } from "./port.js";

/**
 * Opens a serial port or a pty, locked against other programs.
 *
 * @throws UserError when the port is missing, in use, or not ours to open.
 */
export async function openSerialPort(path: string, settings: PortSettings): Promise<Port> {
  const port = await openStream(path, settings);
  return {
    name: path,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        port.write(bytes, (error) => (error ? reject(brokenError(path, error)) : resolve()));
      }),
    listen: (onBytes, onBroken) => {
      port.on("data", onBytes);
      port.on("error", (error) => onBroken(brokenError(path, error)));
      port.on("close", (error?: Error | null) => onBroken(brokenError(path, error)));
    },
    set: (lines) =>
      new Promise((resolve, reject) => {
        port.set(lines, (error) => (error ? reject(error) : resolve()));
      }),
    setBaud: (baudRate) =>
      new Promise((resolve, reject) => {
        port.update({ baudRate }, (error) => (error ? reject(rateError(path, baudRate, error)) : resolve()));
      }),
    close: () =>
      new Promise((resolve, reject) => {
        if (port.isOpen) port.close((error) => (error ? reject(error) : resolve()));
        else resolve();
      }),
  };
}

/** What runs this, where it is not Node. */
function otherRuntime(): string | undefined {
  if (process.versions.bun !== undefined) return "Bun";
  return "Deno" in globalThis ? "Deno" : undefined;
}

/** @throws UserError where the binding, which is native code for Node, would abort the program or read nothing */
export function expectNode(runtime: string | undefined): void {
  if (runtime === undefined) return;
  throw new UserError(
    `${runtime} cannot open serial ports: what reads them is native code for Node`,
    "run the same with Node, or reach the board by tcp://host:port",
  );
}

/** The same as the package's stream. */
export async function openStream(path: string, settings: PortSettings): Promise<SerialPort> {
  expectNode(otherRuntime());
  const port = new SerialPort({ path, ...settings, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(openError(path, error)) : resolve()));
  });
  const binding: unknown = port.port;
  if (binding instanceof LinuxPortBinding || binding instanceof DarwinPortBinding) {
    noticeEnd(binding);
    waitForBoth(binding);
  }
  return port;
}

type PollingBinding = LinuxPortBinding | DarwinPortBinding;

const readOnce = promisify(read);

/** A port opened by the binding gives at least one byte (VMIN is 1), or none and no error: then it was hung up. */
const readOrEnd = (async (fd: number, buffer: Buffer, offset: number, length: number) => {
  const result = await readOnce(fd, buffer, offset, length, null);
  if (result.bytesRead === 0) throw Object.assign(new Error("it was hung up"), { code: "EBADF" });
  return result;
}) as typeof read.__promisify__;

/**
 * The binding notices that a port went away only while it waits for bytes. If that happens between two waits it reads no
 * bytes again and again, for ever, with a processor to itself: the busier the computer, the likelier.
 */
function noticeEnd(binding: PollingBinding): void {
  binding.read = (buffer, offset, length) =>
    unixRead({ binding, buffer, offset, length, fsReadAsync: readOrEnd });
}

/**
 * The binding's poller watches for what it was asked last and forgets the rest until that comes. A wait for bytes that
 * begins while a write waits for room then holds the write up for ever: no answer comes before the request is whole.
 */
function waitForBoth({ poller }: PollingBinding): void {
  const poll = poller.poll.bind(poller);
  poller.poll = (events = 0) => {
    const reads = poller.listenerCount("readable") > 0 ? EVENTS.UV_READABLE : 0;
    const writes = poller.listenerCount("writable") > 0 ? EVENTS.UV_WRITABLE : 0;
    poll(events | reads | writes);
  };
}

interface Hints {
  readonly list: string;
  readonly holder: (path: string) => string;
  readonly permit: string;
}

const unixHints: Hints = {
  list: "ls /dev/tty* shows what is there",
  holder: (path) => `fuser ${path} tells which; end it`,
  permit: "add yourself to its group (sudo usermod -aG dialout $USER) and log in again",
};
const otherHints: Readonly<Partial<Record<NodeJS.Platform, Hints>>> = {
  darwin: {
    list: "ls /dev/cu.* shows what is there",
    holder: (path) => `lsof ${path} tells which; end it`,
    permit: "ls -l shows whose it is",
  },
  win32: {
    list: "the Device Manager lists what is there, under Ports (COM & LPT)",
    holder: () => "end the terminal program or debugger that has it open",
    permit: "end the program that has it open",
  },
};

/** What tells more of a port that cannot be opened. */
export function portHints(platform: NodeJS.Platform): Hints {
  return otherHints[platform] ?? unixHints;
}

const hints = portHints(process.platform);

/** The binding tells the reason only in its text. */
function openError(path: string, error: Error): Error {
  const options = { cause: error };
  if (/no such file|file not found/i.test(error.message)) {
    return new UserError(`there is no port ${path}`, `plug the board in; ${hints.list}`, options);
  }
  if (/cannot lock|temporarily unavailable|busy|access denied/i.test(error.message)) {
    return new UserError(`port ${path} is in use by another program`, hints.holder(path), options);
  }
  if (/permission denied/i.test(error.message)) {
    return new UserError(`you may not open port ${path}`, hints.permit, options);
  }
  return new UserError(`cannot open port ${path}: ${error.message}`, undefined, options);
}

function rateError(path: string, baudRate: number, cause: Error): UserError {
  return new UserError(
    `port ${path} cannot run at ${baudRate} baud: ${cause.message}`,
    "take a rate that its adapter and driver know",
    { cause },
  );
}

/** The port closes with an error, with null, or with nothing, as the way it was lost will have it. */
function brokenError(path: string, error: Error | null | undefined): UserError {
  const why = error ? `: ${error.message}` : "";
  return new UserError(`port ${path} went away${why}`, "check the cable, and that the board has power");
}
