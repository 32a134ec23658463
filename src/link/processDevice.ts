import { spawn } from "node:child_process";
import { once } from "node:events";
import { UserError } from "../base/errors.js";
import { type Device, type DeviceOptions, openDevice } from "./device.js";
import type { Line } from "./line.js";
import { stolenMsOf } from "./processTime.js";

/** A pipe is never what a request waits for. */
const BYTES_PER_SECOND = 10_000_000;
/** A firmware ends when its input does, unless it computes for ever. */
const GRACE_MS = 2000;
/** Of what the process wrote to standard error, so much is shown. */
const MAX_COMPLAINT = 10_000;

/** The host firmware as a child process that speaks frames on standard input and output. */
export function openProcessDevice(executable: string, options: DeviceOptions = {}): Device {
  return openDevice(openProcessLine(executable), options);
}

export function openProcessLine(executable: string): Line {
  const child = spawn(executable, [], { stdio: ["pipe", "pipe", "pipe"] });
  const exited = once(child, "close").catch(() => undefined); // "error" is told through onBroken
  let complaint = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    complaint = (complaint + text).slice(0, MAX_COMPLAINT);
  });
  return {
    name: executable,
    bytesPerSecond: BYTES_PER_SECOND,
    write: (bytes) => {
      child.stdin.write(bytes);
    },
    listen: (onBytes, onBroken) => {
      child.stdout.on("data", onBytes);
      child.stdin.on("error", () => undefined); // a write to a dead process: "close" says more
      child.on("error", (error) => onBroken(new UserError(`cannot start ${executable}: ${error.message}`)));
      child.on("close", (code, signal) => {
        const how = signal === null ? `code ${code}` : `signal ${signal}`;
        onBroken(new UserError(`${executable} ended with ${how}\n${complaint}`.trimEnd()));
      });
    },
    stolenMs: () => stolenMsOf(child.pid),
    close: async () => {
      child.stdin.end();
      const killer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
      await exited;
      clearTimeout(killer);
    },
  };
}
