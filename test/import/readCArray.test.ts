import { describe, expect, it } from "vitest";
import { readCArray } from "../../src/import/readCArray.js";
import { buildTflite } from "./buildTflite.js";
import { everyOperator } from "./everyOperator.js";

const model = buildTflite(everyOperator());
const read = (text: string) => readCArray(Buffer.from(text, "latin1"), "model.h");
const hex = Array.from(model, (byte) => `0x${byte.toString(16)}`).join(", ");

describe("a C source with a model", () => {
  it.each([
    [
      "as xxd writes it",
      `unsigned char model_tflite[] = {\n  ${hex}\n};\nunsigned int model_tflite_len = 9;\n`,
    ],
    [
      "in decimal numbers, behind comments and other arrays",
      `/* { 1 } */ // {"\n#define A {\nint b[2] = {1, 999};\nconst char *c = "{ 28, 0 }";\nalignas(8) const uint8_t m[] = { ${model.join(",")}, };`,
    ],
    ["with comments between the bytes", `char m[] = {${hex.replaceAll(", ", "u, /* } */ ")}};`],
  ])("%s", (_, text) => {
    expect(read(text)).toEqual(model);
  });

  it.each([
    ["no array", "int main(void) { return 0; }"],
    ["an array of something else", "char a[] = {0x1c, 0, 0, 0, 0x54};"],
    ["an array without an end", `char m[] = {${hex}`],
    ["a comment and a string without an end", `/* ${hex}`],
    ["names among the bytes", `char m[] = {${hex}, SIZE};`],
    ["numbers that are no bytes", `int m[] = {${hex}, 256};`],
    ["nothing", ""],
  ])("is none with %s", (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it("is not read where it is longer than any model's", () => {
    expect(() => readCArray(new Uint8Array(2 ** 26 + 1), "model.h")).toThrow(
      "model.h: a C source of 67108865 B; up to 67108864 B are read",
    );
  });
});
