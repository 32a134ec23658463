import { describe, expect, it } from "vitest";
import {
  codeFlashBytes,
  exportFirmware,
  staticRamBytes,
  textFlashBytes,
} from "../../codegen/exportFirmware.js";
import { findBoard } from "../../src/board/boards.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { ports } from "../support/ports.js";

const board = findBoard("olimex-stm32-h405");

/** One multiplication by 1, of an input of 5 values. */
function network(outputScale: number): QuantizedNetwork {
  return {
    ...{ name: "one", ...ports(0, 1) },
    tensors: [
      { elementType: "int8", name: "input", shape: [5], quantization: { scale: outputScale, zeroPoint: 0 } },
      { elementType: "int8", name: "output", shape: [1], quantization: { scale: outputScale, zeroPoint: 0 } },
    ],
    layers: [
      {
        ...{ kind: "fullyConnected", name: "dense", inputs: [0], output: 1, bias: Int32Array.of(0) },
        ...{
          weights: Int8Array.of(1, 1, 1, 1, 1),
          weightScales: [1],
          activationMin: -128,
          activationMax: 127,
        },
      },
    ],
  };
}

describe("exporting the text protocol", () => {
  it("adds its files, to the projects too, and only when asked", () => {
    const files = (dut: boolean) =>
      new Map(exportFirmware(network(1), board, { dut }).files.map(({ path, data }) => [path, data]));
    const [plain, text] = [files(false), files(true)];
    const added = [...text.keys()].filter((path) => !plain.has(path));
    expect(added.sort()).toEqual(
      ["dut.c", "float32.h", "loaded.c", "reals.c", "reals.h", "text.c", "text.h"].map(
        (file) => `firmware/${file}`,
      ),
    );
    for (const project of ["Makefile", "CMakeLists.txt"]) {
      expect(text.get(project)).toContain("firmware/dut.c");
      expect(plain.get(project)).not.toContain("dut.c");
    }
    expect(JSON.parse(text.get("pinfer.json")!).dut).toBe(true);
    expect(JSON.parse(plain.get("pinfer.json")!)).not.toHaveProperty("dut");
    expect(text.get("network.c")).toBe(plain.get("network.c"));
  });

  it("counts the RAM of the inputs and outputs that are kept, and its flash", () => {
    const { program } = exportFirmware(network(1), board);
    // Twice 5 and 1 bytes, each rounded up to words of 4.
    const ram = program.arenaBytes + board.stackBytes + staticRamBytes + 2 * (8 + 4);
    const small = { ...board, ramBytes: ram - 1 };
    expect(() => exportFirmware(network(1), { ...board, ramBytes: ram }, { dut: true })).not.toThrow();
    expect(() => exportFirmware(network(1), small)).not.toThrow();
    expect(() => exportFirmware(network(1), small, { dut: true })).toThrow(
      `network "one" needs ${ram} B of RAM (arena ${program.arenaBytes} + stack 2048 + link 2048 + ` +
        `kept inputs and outputs 24); board "olimex-stm32-h405" has ${ram - 1} B`,
    );
    const flash = { ...board, flashBytes: codeFlashBytes + textFlashBytes };
    expect(() => exportFirmware(network(1), flash)).not.toThrow();
    expect(() => exportFirmware(network(1), flash, { dut: true })).toThrow(`+ code ${flash.flashBytes})`);
  });

  it("refuses scales whose decimals 64 bits cannot hold", () => {
    for (const scale of [2 ** -36, 2 ** 24])
      expect(() => exportFirmware(network(scale), board, { dut: true })).not.toThrow();
    for (const scale of [2 ** -37, 2 ** 25]) {
      expect(() => exportFirmware(network(scale), board, { dut: true })).toThrow(
        `network "one": outputs of scale ${scale} cannot be printed as text; 2^-36 to 2^24 can`,
      );
    }
  });
});
