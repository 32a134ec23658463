import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPty, type Pty } from "../../src/board/pty.js";
import { encodeFrame, FrameDecoder } from "../../src/link/frame.js";
import { MessageType } from "../../src/link/messages.js";
import { openProcessLine } from "../../src/link/processDevice.js";
import { succeed } from "../endToEnd/projects.js";
import { complaintOf, fail } from "../errors/fail.js";
import { compileNetwork, temporaryDirectory } from "../firmware/images.js";
import { serve } from "../support/tcpServer.js";
import { untilInFolder } from "../support/untilInFolder.js";
import { startPinfer } from "./pinfer.js";

const folder = temporaryDirectory();
let pty: Pty;

beforeAll(async () => {
  pty = await openPty(() => undefined);
});
afterAll(() => pty?.close());

/** A sensor on the port that prints rows one by one until it is stopped, or has said all it has to say. */
function startSensor(rowAt: (index: number) => string, count = Number.POSITIVE_INFINITY): () => void {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent < count) pty.write(Buffer.from(`${rowAt(sent++)}\r\n`));
  }, 5);
  return () => clearInterval(timer);
}

/** Until the folder has the file, with so many bytes at least. */
const written = (folder: string, file: string, minimumBytes: number): Promise<void> =>
  untilInFolder(
    folder,
    () => (statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? -1) >= minimumBytes,
  );

/** A movement of three axes at its own speed, so that classes differ. */
const moving = (perSecond: number) => (index: number) =>
  [0, 1, 2].map((axis) => Math.sin((2 * Math.PI * perSecond * index) / 200 + axis).toFixed(4)).join(",");

async function record(rowAt: (index: number) => string, ...options: string[]) {
  const stop = startSensor(rowAt);
  try {
    return await startPinfer(["record", "--port", pty.path, ...options]).ended;
  } finally {
    stop();
  }
}

describe("pinfer record", () => {
  it("makes files that a network learns its classes from", async () => {
    const output = join(folder, "recordings");
    for (const [label, perSecond, ...more] of [
      ["slow", 2],
      ["fast", 12, "--seconds", "600"],
    ] as const) {
      const file = `${label}-01.csv`;
      const options = ["--label", label, ...more, "-o", output, "--columns", "ax,ay,az", "--json"];
      const { ended } = startPinfer(["record", "--port", pty.path, ...options]);
      await written(output, file, 0);
      const stop = startSensor(moving(perSecond), 500);
      const { code, stdout, stderr } = await ended;
      stop();
      const told = JSON.parse(stdout);
      expect(told).toMatchObject({
        label,
        columns: ["ax", "ay", "az"],
        path: join(output, file),
        ending: "silence",
      });
      const lines = readFileSync(join(output, file), "utf8").split("\n");
      expect(lines.filter((line) => /^-?\d/.test(line)).length).toBe(told.rows);
      expect(told.rows).toBeGreaterThan(250); // some came before anyone listened
      const silent = `${told.rows} rows in ${told.path}; ${pty.path} has been silent for ${told.silentSeconds.toFixed(1)} s`;
      if (more.length === 0) {
        expect([code, told.warnings]).toEqual([0, [silent]]);
        expect(stderr).toContain(`warning: ${silent}\n`);
      } else {
        const [before, after] = silent.split("; ");
        expect(complaintOf({ code, stderr }).error).toMatch(/, [\d.]+ s of 600; /);
        expect(complaintOf({ code, stderr }).error.replace(/, [\d.]+ s of 600/, "")).toBe(
          `${before}; ${after}`,
        );
      }
    }
    const experiment = join(folder, "experiment.ts");
    writeFileSync(
      experiment,
      `import { accuracy, adam, dense, flatten, recordings, relu, softmax, softmaxCrossEntropy } from "pinfer";
       export default {
         name: "speeds",
         seed: 2,
         data: () => recordings("recordings/", { window: 20, step: 5, test: 0.3 }),
         network: [flatten(), dense(8), relu(), dense(2), softmax()],
         loss: softmaxCrossEntropy(),
         optimizer: adam({ learningRate: 0.02 }),
         epochs: 40,
         batchSize: 8,
         metrics: [accuracy],
       };`,
    );
    const { stdout } = succeed("train", experiment, "-o", join(folder, "model.json"));
    const [, float, int8] = /accuracy +([\d.]+) +([\d.]+)/.exec(stdout)!;
    expect(Number(float)).toBeGreaterThan(0.9);
    expect(Number(int8)).toBeGreaterThan(0.9);
  }, 60_000);

  it("numbers recordings of a class, and keeps what was recorded at Ctrl-C", async () => {
    const output = join(folder, "again");
    const stop = startSensor(moving(1));
    for (const number of ["01", "02"]) {
      const options = ["record", "--port", pty.path, "--label", "walk", "-o", output];
      const { child, ended } = startPinfer(options);
      await written(output, `walk-${number}.csv`, 1);
      child.kill("SIGINT");
      const { code, stdout, stderr } = await ended;
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
      const path = join(output, `walk-${number}.csv`);
      expect(stdout).toContain(`${path}: `);
      const [header, ...rows] = readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "");
      expect(header).toBe("x0,x1,x2");
      for (const row of rows) expect(row).toMatch(/^(-?\d\.\d{4},){2}-?\d\.\d{4}$/);
      expect(stdout).toContain(`${rows.length} rows of x0,x1,x2`);
    }
    stop();
    expect(readdirSync(output).sort()).toEqual(["walk-01.csv", "walk-02.csv"]);
  });

  it("refuses other columns than the folder's recordings have, and leaves those as they are", async () => {
    const output = join(folder, "mixed");
    await record(moving(1), "--label", "a", "--seconds", "0.2", "-o", output, "--columns", "ax,ay,az");
    const before = readFileSync(join(output, "a-01.csv"), "utf8");
    const two = await record(() => "1,2", "--label", "b", "--seconds", "0.2", "-o", output);
    expect(complaintOf(two).error).toBe(`${join(output, "a-01.csv")} has columns ax,ay,az; these are x0,x1`);
    expect(readFileSync(join(output, "a-01.csv"), "utf8")).toBe(before);
    expect(existsSync(join(output, "b-01.csv"))).toBe(false);
  });

  it("says so when nothing like a row comes, and when the label names no class", async () => {
    const silent = await record(() => "ready", "--label", "a", "-o", join(folder, "none"));
    expect(complaintOf(silent).error).toMatch(
      new RegExp(
        `^no row of numbers from ${pty.path} in 5000 ms; \\d+ other lines came, the latest "ready"$`,
      ),
    );
    for (const label of ["walk-", "../walk", ""]) {
      expect(fail(["record", "--port", pty.path, "--label", label])).toEqual({
        error: `label "${label}" cannot name a file's class`,
        hint: "take letters, digits, - and _, with a letter or a digit at both ends: the file gets a number behind it",
      });
    }
  });

  it("records a sensor behind a network", async () => {
    const output = join(folder, "network");
    const server = await serve((socket) => {
      const timer = setInterval(() => socket.write("1,2\r\n"), 5);
      socket.on("close", () => clearInterval(timer));
    });
    const options = ["--label", "walk", "--seconds", "0.3", "-o", output];
    const { code, stderr } = await startPinfer(["record", "--port", server.name, ...options]).ended;
    expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
    expect(readFileSync(join(output, "walk-01.csv"), "utf8")).toMatch(/^x0,x1\n1,2\n/);
    await server.close();
  });

  it("records the inputs of firmware that infers on its own", async () => {
    // The real firmware on a port; runs that nobody on the port asked for stand for its pins: one before every other look.
    const { elf } = await compileNetwork("host", "exampleNetwork", join(folder, "firmware"));
    const firmware = openProcessLine(elf);
    const requests = new FrameDecoder();
    let looks = 0;
    const port = await openPty((bytes) => {
      for (const { type } of requests.push(bytes)) if (type === MessageType.latest) beforeLook(++looks);
      firmware.write(bytes);
    });
    firmware.listen(
      (bytes) => port.write(bytes),
      () => undefined,
    );
    const output = join(folder, "pins");
    const options = ["--label", "bright", "--inputs", "--every", "5", "-o", output];
    const { child, ended } = startPinfer(["record", "--port", port.path, ...options]);
    const beforeLook = (look: number): void => {
      const payload = Uint8Array.of((look + 1) / 2, 2, 0xfe, 0);
      if (look % 2 === 1)
        firmware.write(encodeFrame({ type: MessageType.run, status: 0, id: 0xfffe, payload }));
      if (look === 40) child.kill("SIGINT");
    };
    try {
      const { code, stderr } = await ended;
      expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
      const lines = readFileSync(join(output, "bright-01.csv"), "utf8").split("\n");
      const [header, ...rows] = lines.filter((line) => line !== ""); // which stands for looks that came late
      expect(header).toBe("x0,x1,x2,x3");
      // each inference once, the first of which was there when it began; scale 0.5
      expect(rows).toEqual(Array.from({ length: 19 }, (_, i) => `${(i + 2) / 2},1,-1,0`));
    } finally {
      await port.close();
      await firmware.close();
    }
  });
});
