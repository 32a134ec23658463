import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { copyChanged, succeed, trainCorners } from "./projects.js";

const folder = temporaryDirectory();
const exported = join(folder, "firmware");
const layerNames = ["dense_1", "dense_2", "softmax_1"];

beforeAll(() => {
  trainCorners(folder);
  succeed("export-firmware", join(folder, "model.json"), "--board", "host", "-o", exported);
});

function compare(firmware: string, ...more: string[]) {
  const given = ["--host-c", "--firmware", firmware, "--input", join(folder, "samples/inputs.npy")];
  return pinfer(["compare", join(folder, "model.json"), ...given, "--limit", "20", ...more]);
}

/** network.c with the first number of a table up by one, or down where it is the largest. */
function withOtherWeight(table: string, copy: string): string {
  const text = readFileSync(join(exported, "network.c"), "utf8");
  const [, start, weight] = new RegExp(`( network_${table}\\[\\d+\\] = {\\s+)(-?\\d+),`).exec(text)!;
  const other = Number(weight) + (weight === "127" ? -1 : 1);
  copyChanged(exported, join(folder, copy), "network.c", `${start}${weight},`, `${start}${other},`);
  return join(folder, copy);
}

describe("compare --layers", () => {
  it("finds every layer of every sample equal on an honest device", () => {
    const { code, stdout } = compare(exported, "--layers", "--json");
    const { equal, layers, firstDifferingLayer, link } = JSON.parse(stdout);
    expect([code, equal, firstDifferingLayer]).toEqual([0, true, null]);
    expect(layers).toMatchObject([
      { layer: 0, name: "dense_1", kind: "fullyConnected", shape: [16], bytesCompared: 320 },
      { layer: 1, name: "dense_2", kind: "fullyConnected", shape: [4], bytesCompared: 80 },
      { layer: 2, name: "softmax_1", kind: "softmax", shape: [4], bytesCompared: 80 },
    ]);
    // input and output of a run, input and three outputs of single layers
    expect(link.payloadBytes).toBe(20 * (12 + 4 + 12 + 16 + 4 + 4));
  });

  it.each(["dense_1", "dense_2"])("names %s when one weight of it is another in the image", (name) => {
    const changed = withOtherWeight(`${name}_weights`, `${name} changed`);
    const { code, stdout } = compare(changed, "--layers", "--json");
    const { equal, layers, firstDifferingLayer } = JSON.parse(stdout);
    expect([code, equal]).toEqual([1, false]);
    // the first weight is one of the first output's
    expect(firstDifferingLayer).toMatchObject({ name, layer: layerNames.indexOf(name), index: 0 });
    const counts = layers.map((layer: { bytesDifferent: number }) => layer.bytesDifferent);
    const before = counts.slice(0, layerNames.indexOf(name));
    expect(before).toEqual(before.map(() => 0));
    expect(counts[layerNames.indexOf(name)]).toBeGreaterThan(0);
  });

  it("prints a row for each layer, and where it differs first", () => {
    const changed = withOtherWeight("dense_2_weights", "in words");
    const { code, stdout } = compare(changed, "--layers");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(
        "\\nlayer +kind +output +bytes +different +first difference\\n" +
          "dense_1 +fullyConnected +\\[16\\] +320 +0\\n" +
          "dense_2 +fullyConnected +\\[4\\] +80 +[1-9]\\d* +sample \\d+, index 0: host -?\\d+, device -?\\d+\\n" +
          "softmax_1 +softmax +\\[4\\] +80 +\\d+",
      ),
    );
  });

  it("--dump writes what the device gave, layer by layer", () => {
    const dump = join(folder, "build/layers");
    const { code, stdout } = compare(exported, "--dump", dump);
    expect(code).toBe(0);
    expect(stdout).toContain("softmax_1  softmax");
    expect(readdirSync(dump).sort()).toEqual([
      ...["0-dense_1.npy", "1-dense_2.npy", "2-softmax_1.npy", "layers.json"],
    ]);
  });

  it("--dump says when its folder cannot be made, before anything runs", () => {
    const { code, stderr } = compare(exported, "--dump", join(folder, "model.json"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: cannot make the folder .*model\.json: EEXIST/);
  });
});
