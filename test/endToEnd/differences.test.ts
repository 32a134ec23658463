import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { pinfer } from "../cli/pinfer.js";
import { temporaryDirectory } from "../firmware/images.js";
import { copyChanged, succeed, trainCorners } from "./projects.js";

const folder = temporaryDirectory();
/** Of plain C, and of packed arithmetic. */
const exported = join(folder, "firmware");
const packed = join(folder, "packed");

beforeAll(() => {
  trainCorners(folder);
  succeed("export-firmware", join(folder, "model.json"), "--board", "stm32vldiscovery", "-o", exported);
  succeed("export-firmware", join(folder, "model.json"), "-o", packed);
});

function compare(firmware: string, ...more: string[]) {
  const given = ["--virtual", "--firmware", firmware, "--input", join(folder, "samples/inputs.npy"), ...more];
  return pinfer(["compare", join(folder, "model.json"), ...given]);
}

/** The first numbers of a table of network.c, and the same with the first one up by one. */
function firstWeightUp(table: string): [before: string, after: string] {
  const text = readFileSync(join(exported, "network.c"), "utf8");
  const [, start, weight] = new RegExp(`( network_${table}\\[\\d+\\] = {\\s+)(-?\\d+),`).exec(text)!;
  return [`${start}${weight},`, `${start}${Number(weight) + (weight === "127" ? -1 : 1)},`];
}

/** The first word of weights in a table of packed arithmetic, behind four starts, and the same with its lowest weight up. */
function firstPackedWeightUp(table: string): [before: string, after: string] {
  const text = readFileSync(join(packed, "network.c"), "utf8");
  const [, start, word] = new RegExp(`( network_${table}\\[\\d+\\] = {\\s+(?:-?\\d+,\\s+){4})(-?\\d+),`).exec(
    text,
  )!;
  return [`${start}${word},`, `${start}${Number(word) + ((Number(word) & 255) === 127 ? -1 : 1)},`];
}

describe("compare exits with 1 and names the layer when the device's C has", () => {
  it.each<[string, string, () => [before: string, after: string], RegExp]>([
    ["one weight of the first layer changed", exported, () => firstWeightUp("dense_1_weights"), /^dense_1$/],
    ["one weight of the second layer changed", exported, () => firstWeightUp("dense_2_weights"), /^dense_2$/],
    [
      "another rounding bit in rescaleBounded",
      exported,
      () => ["(uint32_t)product >> 31", "(uint32_t)product >> 30"],
      /^dense_[12]$/, // whichever a value of the first differing sample lay between the two roundings of
    ],
    [
      "another rounding bit in the shift that follows it",
      exported,
      () => ["right_shift) >> 1;", "right_shift) >> 2;"],
      /^dense_[12]$/,
    ],
    [
      "half of a number in softmax's table", // its 31 bits end in 8, which one step would not reach
      exported,
      () => ["    2147483647,", "    1073741823,"],
      /^softmax_1$/,
    ],
    ["one weight of two in a word changed", packed, () => firstPackedWeightUp("dense_1_stream"), /^dense_1$/],
    [
      "half of the sum in place of its sign in rescaleDoubled",
      packed,
      () => ["offset + (twice >> 31)", "offset + (twice >> 1)"],
      /^dense_[12]$/,
    ],
  ])("%s", (title, original, change, expectedLayer) => {
    const changed = join(folder, title);
    copyChanged(original, changed, "network.c", ...change());
    const json = compare(changed, "--json");
    expect(json).toMatchObject({ code: 1, stderr: expect.stringMatching(/^(samples \d+\/200\b.*\n)+$/) });
    const { equal, outputs, firstDifferingLayer: layer } = JSON.parse(json.stdout);
    expect(equal).toBe(false);
    expect(outputs.bytesDifferent).toBeGreaterThan(0);
    expect(outputs.deviceSha256).not.toBe(outputs.hostSha256);
    expect(layer).toEqual({
      name: expect.stringMatching(expectedLayer),
      layer: ["dense_1", "dense_2", "softmax_1"].indexOf(layer.name),
      sample: outputs.firstDifference.sample,
      index: expect.any(Number),
      host: expect.any(Number),
      device: expect.any(Number),
    });
    expect(layer.device).not.toBe(layer.host);
  });

  it("nothing changed: then it exits with 0", () => {
    expect(compare(exported)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("\n0 of 800 bytes differ\n"),
    });
  });
});

it("compare says in words what differs, and where first", () => {
  const changed = join(folder, "in words");
  copyChanged(exported, changed, "network.c", ...firstWeightUp("dense_2_weights"));
  const { code, stdout } = compare(changed);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    new RegExp(
      "\\n[1-9]\\d* of 800 bytes differ, in [1-9]\\d* of 200 samples\\n" +
        "first difference: sample (\\d+), output \\d: host -?\\d+, device -?\\d+\\n" +
        'first layer that differs in sample \\1: "dense_2" \\(layer 1\\), ' +
        "index 0: host -?\\d+, device -?\\d+\\n", // the first weight is one of the first output's
    ),
  );
});
