import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const ENVIRONMENT = "HOST_BOARD_CLOCK";

/** The time of host firmware that is started from now on: see firmware/boards/host/board.c. One device at a time. */
export class HostClock {
  private readonly pipe: number;

  constructor(directory: string) {
    const path = join(directory, "clock");
    execFileSync("mkfifo", [path]);
    this.pipe = openSync(path, "r+"); // a reader is there, so nothing waits for one
    process.env[ENVIRONMENT] = path;
  }

  /** The firmware notices before it reads what is sent afterwards. */
  pass(milliseconds: number): void {
    writeSync(this.pipe, new Uint8Array(milliseconds));
  }

  close(): void {
    delete process.env[ENVIRONMENT];
    closeSync(this.pipe);
  }
}
