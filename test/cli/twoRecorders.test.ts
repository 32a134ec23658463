import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPty, type Pty } from "../../src/board/pty.js";
import { complaintOf } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { untilInFolder } from "../support/untilInFolder.js";
import { startPinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const ports: Pty[] = [];
beforeAll(async () => {
  for (let n = 0; n < 2; n++) ports.push(await openPty(() => undefined));
});
afterAll(async () => {
  for (const port of ports) await port.close();
});

const start = (port: Pty) => startPinfer(["record", "--port", port.path, "--label", "walk", "-o", folder]);
const files = () => readdirSync(folder).filter((name) => name.endsWith(".csv"));
const sizeOf = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;

describe("two processes that record the same class at once", () => {
  it("have a file each, with every row of their own; a third on a port that is taken is refused", async () => {
    const recordings = ports.map(start);
    await untilInFolder(folder, () => files().length === 2);
    let sent = 0;
    const send = (): void => {
      for (const [index, port] of ports.entries()) port.write(Buffer.from(`${sent},${index}\r\n`));
      sent++;
    };
    const pump = setInterval(send, 5); // they would end in silence before a slow third has begun
    const refused = await start(ports[0]!).ended;
    expect(complaintOf(refused).error).toBe(`port ${ports[0]!.path} is in use by another program`);
    expect(files()).toEqual(["walk-01.csv", "walk-02.csv"]);
    await untilInFolder(folder, () => files().every((name) => sizeOf(name) > 0));
    clearInterval(pump);
    for (let more = 0; more < 200; more++) send();
    // both end by the sensor's silence
    const ended = await Promise.all(recordings.map((recording) => recording.ended));
    for (const [index, { code, stdout, stderr }] of ended.entries()) {
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
      const path = stdout.split(": ")[0]!;
      const rows = readFileSync(path, "utf8")
        .split("\n")
        .slice(1)
        .filter((line) => line !== "");
      const first = Number(rows[0]!.split(",")[0]);
      expect(rows).toEqual(Array.from({ length: sent - first }, (_, i) => `${first + i},${index}`));
      expect(rows.length).toBeGreaterThan(200);
    }
    expect(new Set(ended.map(({ stdout }) => stdout.split(": ")[0])).size).toBe(2);
  }, 120_000);
});
