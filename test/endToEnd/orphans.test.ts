import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../src/formats/samples.js";
import { startPinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { until } from "../support/until.js";
import { trainCorners } from "./projects.js";

const folder = temporaryDirectory();

beforeAll(() => {
  trainCorners(folder);
  // more than an emulator runs before the test is over
  writeNpy(join(folder, "many.npy"), new Int8Array(12 * 100_000), [100_000, 12]);
});

/**
 * Programs that stand first on PATH and hold what names the comparison's folder: they open a FIFO, which tells the test,
 * and wait until they are ended. All else goes to the programs themselves.
 */
function standIn(
  program: string,
  temporary: string,
): { readonly path: string; readonly held: Promise<unknown> } {
  const tools = `${temporary}-tools`;
  mkdirSync(tools);
  const [tell, wait] = ["tell", "wait"].map((name) => join(tools, name));
  execFileSync("mkfifo", [tell, wait]);
  const real = execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh
case "$*" in
  *"${temporary}"*) echo held > "${tell}"; read -r line < "${wait}" ;;
  *) exec "${real}" "$@" ;;
esac
`;
  writeFileSync(join(tools, program), script, { mode: 0o755 });
  return { path: `${tools}:${process.env.PATH}`, held: readFile(tell) };
}

/** Starts a comparison on the emulator whose temporary files go to a folder of its own. */
function startCompare(name: string, heldProgram?: string) {
  const temporary = join(folder, name);
  mkdirSync(temporary);
  const { path = process.env.PATH, held } = heldProgram ? standIn(heldProgram, temporary) : {};
  const started = startPinfer(
    ["compare", join(folder, "model.json"), "--virtual", "--input", join(folder, "many.npy")],
    { env: { ...process.env, TMPDIR: temporary, PATH: path } },
  );
  return { ...started, temporary, held };
}

/** Command lines of processes, but the test's own, that name something in the folder. */
function processesOf(temporary: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return ""; // ended meanwhile
      }
    })
    .filter((command) => command.includes(temporary));
}

describe("compare --virtual leaves no process and no folder behind", () => {
  it("when it gets SIGINT while the emulator runs", async () => {
    const { child, ended, temporary, held } = startCompare("SIGINT", "qemu-system-arm");
    expect(String(await Promise.race([held, ended]))).toBe("held\n");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: null, signal: "SIGINT" });
    await until(() => processesOf(temporary).length === 0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("when it gets SIGTERM while the compiler runs", async () => {
    const { child, ended, temporary } = startCompare("SIGTERM");
    await until(() => processesOf(temporary).some((command) => command.startsWith("arm-none-eabi-gcc")));
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: null, signal: "SIGTERM" });
    await until(() => processesOf(temporary).length === 0);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

it("compare --virtual leaves no process behind when it is killed outright while the emulator runs", async () => {
  const { child, ended, temporary } = startCompare("killed");
  await until(() => processesOf(temporary).some((command) => command.startsWith("qemu-system-arm")));
  child.kill("SIGKILL");
  expect(await ended).toMatchObject({ code: null, signal: "SIGKILL" });
  await until(() => processesOf(temporary).length === 0);
});
