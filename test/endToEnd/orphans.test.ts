import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { writeNpy } from "../../src/formats/samples.js";
import { startPinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { trainCorners } from "./projects.js";

/** Trainings, compilers and emulators run here, on machines that do other things too. */
vi.setConfig({ testTimeout: 60_000 });

const folder = temporaryDirectory();

beforeAll(() => {
  trainCorners(folder);
  // more than an emulator runs before the test is over
  writeNpy(join(folder, "many.npy"), new Int8Array(12 * 100_000), [100_000, 12]);
});

/** Starts a comparison on the emulator whose temporary files go to a folder of its own. */
function startCompare(name: string) {
  const temporary = join(folder, name);
  mkdirSync(temporary);
  const started = startPinfer(
    ["compare", join(folder, "model.json"), "--virtual", "--input", join(folder, "many.npy")],
    { env: { ...process.env, TMPDIR: temporary } },
  );
  return { ...started, temporary };
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

const patience = { timeout: 30_000, interval: 10 };
const emulatorRuns = (temporary: string) => () =>
  processesOf(temporary).some((command) => command.startsWith("qemu-system-arm"));
const compilerRuns = (temporary: string) => () =>
  processesOf(temporary).some((command) => command.startsWith("arm-none-eabi-gcc"));

describe("compare --virtual leaves no process and no folder behind", () => {
  it.each<[NodeJS.Signals, string, (temporary: string) => () => boolean]>([
    ["SIGINT", "the emulator runs", emulatorRuns],
    ["SIGTERM", "the compiler runs", compilerRuns],
  ])("when it gets %s while %s", async (signal, when, runs) => {
    const { child, ended, temporary } = startCompare(`${signal} while ${when}`);
    await vi.waitUntil(runs(temporary), patience);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: null, signal });
    await vi.waitUntil(() => processesOf(temporary).length === 0, patience);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

it("compare --virtual leaves no process behind when it is killed outright", async () => {
  const { child, ended, temporary } = startCompare("killed");
  await vi.waitUntil(emulatorRuns(temporary), patience);
  child.kill("SIGKILL");
  expect(await ended).toMatchObject({ code: null, signal: "SIGKILL" });
  await vi.waitUntil(() => processesOf(temporary).length === 0, patience);
});
