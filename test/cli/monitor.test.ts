import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { startMonitorView } from "../../src/cli/monitorView.js";
import type { Hello } from "../../src/link/messages.js";
import { type MonitorEvent, noErrors } from "../../src/link/monitorDevice.js";
import { succeed, trainCorners } from "../endToEnd/projects.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { startPinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const model = join(folder, "model.json");
const inputs = join(folder, "samples", "inputs.npy");

beforeAll(() => trainCorners(folder));

describe("pinfer monitor", () => {
  it("prints a JSON object a line: the samples over and over, and a summary", () => {
    const options = ["--virtual", "--input", inputs, "--classes", "a,b,c,d", "--every", "1", "--json"];
    const { stdout } = succeed("monitor", model, ...options, "--count", "6");
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { int8, classes } = JSON.parse(succeed("predict", model, "--input", inputs, "--json").stdout);
    const inferences = lines.filter(({ event }) => event === "inference");
    expect(inferences.map(({ output }) => output)).toEqual(int8.slice(0, 6));
    expect(inferences.map((line) => line.class)).toEqual(classes.slice(0, 6).map((i: number) => "abcd"[i]));
    expect(inferences[0].ticks).toBeGreaterThan(12 * 16 + 16 * 4);
    expect(lines.at(-1)).toMatchObject({ event: "summary", inferences: 6, missed: 0 });
  });

  it("infers the same random inputs for the same seed", () => {
    const outputs = (seed: string) => {
      const options = ["--host-c", "--seed", seed, "--every", "1", "--json", "--count", "3"];
      return succeed("monitor", model, ...options).stdout.match(/"input":\[[-\d,]+\]/g);
    };
    expect(outputs("5")).toEqual(outputs("5"));
    expect(outputs("5")).not.toEqual(outputs("6"));
  });

  it("ends with a summary at Ctrl-C", async () => {
    const { child, ended } = startPinfer(["monitor", model, "--host-c", "--every", "1"]);
    await new Promise<void>((resolve) => {
      child.stdout!.on("data", (text: string) => {
        if (text.includes("#3 ")) resolve();
      });
    });
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/\n\d+ inferences in \d+\.\d s\nclasses {3}.*\nlink {6}no errors\n$/);
  });

  it("tells that a board without pins does not infer on its own, and ends", () => {
    expect(fail(["monitor", model, "--host-c", "--watch", "--count", "2"])).toEqual({
      error: expect.stringMatching(/^.+ does not infer on its own: its firmware has no pin map$/),
      hint: "give it inputs: --random, or --input samples.npy",
    });
  });

  it("wants a name for each output, and one source of inputs", () => {
    expect(fail(["monitor", model, "--host-c", "--classes", "off,on"])).toEqual({
      error: '--classes names 2; network "corners" has 4 outputs',
      hint: "give one name for each, with commas between",
    });
    expect(fail(["monitor", model, "--host-c", "--random", "--watch"]).error).toBe(
      "expected one of --input, --random and --watch, found 2",
    );
  });
});

describe("the monitor's picture on a terminal", () => {
  const hello = {
    ...{ boardId: "olimex-stm32-h405", counterKind: "cycles", counterHz: 168_000_000 },
    network: {
      name: "lamp",
      inputs: [{ elementType: "int8", shape: [3], quantization: { scale: 1, zeroPoint: 0 } }],
      outputs: [{ elementType: "int8", shape: [2], quantization: { scale: 1 / 256, zeroPoint: -128 } }],
    },
  } as unknown as Hello;

  it("is drawn over itself, with input, outputs, class, time and errors", () => {
    let text = "";
    const write = (piece: string): void => {
      text += piece;
    };
    const stream = { isTTY: true, columns: 72, write };
    const view = startMonitorView({
      ...{ hello, classes: ["off", "on"], description: "serial port", json: false },
      stream: stream as unknown as NodeJS.WriteStream,
    });
    const inference: MonitorEvent = {
      event: "inference",
      ...{ seconds: 1, count: 1, missed: 0, ticks: 16_800 },
      ...{ input: Int8Array.of(1, 2, 3), output: Int8Array.of(-96, 96) },
    };
    view.show(inference);
    const first = text;
    view.show({ event: "link", seconds: 2, errors: { ...noErrors, repeats: 1 }, message: "no answer" });
    const second = text.slice(first.length);
    view.end();
    const plain = (drawn: string) => stripVTControlCharacters(drawn);
    expect(plain(first).split("\n")).toEqual([
      '"lamp" on olimex-stm32-h405, serial port',
      "1 inferences, 1.0 a second",
      "input   ▁▅█  1 2 3",
      `off     ${"█".repeat(4).padEnd(30)}  0.125`, // 32 of 255 is an eighth of 30
      `on      ${"█".repeat(26).padEnd(30)}  0.875`,
      "output  on (0.875)",
      "time    100.0 µs (16 800 cycles)",
      "link    no errors",
      "",
    ]);
    expect(second.startsWith("\x1b[8A")).toBe(true);
    expect(plain(second)).toContain("link    1 repeats, no answer");
    expect(text).toContain("\x1b[?25h");
    expect(text.endsWith("classes   on: 1\ntime      100.0 µs (16 800 cycles)\nlink      1 repeats\n")).toBe(
      true,
    );
  });

  it.each([true, false])(
    "has no names of classes that a terminal acts on, nor long ones: isTTY %s",
    (isTTY) => {
      let text = "";
      const write = (piece: string): void => {
        text += piece;
      };
      const stream = { isTTY, columns: 72, write };
      const view = startMonitorView({
        ...{
          hello,
          classes: ["\u001b[5m\u009b5m", "a name with far too many words"],
          description: "serial port",
        },
        ...{ json: false, stream: stream as unknown as NodeJS.WriteStream },
      });
      const inference = {
        ...{ event: "inference", seconds: 1, missed: 0, ticks: 1 },
        input: Int8Array.of(1, 2, 3),
      };
      view.show({ ...inference, count: 1, output: Int8Array.of(9, 0) } as MonitorEvent);
      view.show({ ...inference, count: 2, output: Int8Array.of(0, 9) } as MonitorEvent);
      view.end();
      expect(text).not.toContain("\u001b[5m");
      expect(text).not.toContain("\u009b");
      expect(text).toContain("classes   ?[5m?5m: 1, a name with far too…: 1\n");
      if (isTTY) expect(text).toContain(`\n\x1b[2K${"?[5m?5m".padEnd(20)}  █`);
    },
  );
});
