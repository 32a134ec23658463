import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pinfer } from "../cli/pinfer.js";
import { fail } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { copyChanged, succeed, trainCorners } from "./projects.js";

const folder = temporaryDirectory();
const path = (...names: string[]): string => join(folder, ...names);
const inputs = ["--input", path("samples", "inputs.npy"), "--limit", "3"];

beforeAll(() => {
  trainCorners(folder);
  succeed("export-firmware", path("model.json"), "--board", "host", "--dut", "-o", path("host"));
  succeed("export-firmware", path("model.json"), "--board", "host", "-o", path("silent"));
});

describe("pinfer dut", () => {
  it("gets the host's bytes by text from the emulated board, and a time", () => {
    const { stdout } = succeed("dut", path("model.json"), "--virtual", ...inputs, "--runs", "20", "--json");
    const { samples, ...rest } = JSON.parse(stdout);
    expect(rest).toMatchObject({
      name: "dut-[pinfer]",
      model: "corners",
      bytesCompared: 12,
      bytesDiffering: 0,
    });
    const predicted = JSON.parse(
      succeed("predict", path("model.json"), "--input", path("samples", "inputs.npy"), "--json").stdout,
    );
    const bytes = samples.map((sample: { int8: number[] }) => sample.int8);
    expect(bytes).toEqual(predicted.int8.slice(0, 3));
    for (const { results, int8, microseconds } of samples) {
      expect(results).toEqual(int8.map((value: number) => (value + 128) / 256)); // softmax
      expect(microseconds).toBeGreaterThan(0.1); // 12 · 16 + 16 · 4 multiplications of a nanosecond each
    }
  });

  it("shows a table, and every line of the talk when asked", () => {
    const options = ["dut", path("model.json"), "--host-c", "--firmware", path("host"), ...inputs];
    const { stdout, stderr } = succeed(...options, "--log");
    expect(stdout).toContain('"corners" on dut-[pinfer], compiled for this computer');
    expect(stdout).toContain("0 of 12 bytes differ");
    expect(stderr).toMatch(/^> db load 12%\nm-\[Expecting 12 bytes\]\n> db [0-9a-f]{24}%\nm-load-done$/m);
  });

  it("exits 1 when a result is not the host's", () => {
    const run = "void network_run(void)\n{\n";
    const changed = `${run}    network_input()[0] ^= 0x7f;\n`;
    copyChanged(path("host"), path("changed"), "network.c", run, changed);
    const options = [
      "dut",
      path("model.json"),
      "--host-c",
      "--firmware",
      path("changed"),
      ...inputs,
      "--json",
    ];
    const { code, stdout } = pinfer(options);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).bytesDiffering).toBeGreaterThan(0);
  });

  it("refuses firmware without the text protocol before it builds it", () => {
    const options = ["dut", path("model.json"), "--host-c", "--firmware", path("silent"), ...inputs];
    expect(fail(options)).toEqual({
      error: `${path("silent")} was exported without the text protocol`,
      hint: "export it with --dut",
    });
  });
});
