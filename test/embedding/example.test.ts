import { describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import type { NamingOptions } from "../../codegen/generatedNetwork.js";
import { findBoard } from "../../src/board/boards.js";
import { argmax } from "../../src/compare/metrics.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import { runProgram } from "../../src/program/runProgram.js";
import { dequantizeTensor, quantizeTensor } from "../../src/quantize/quantizeTensor.js";
import { columns, columnsNetwork, type Embedded, filesOf, images, xor } from "./networks.js";
import { runOn, targets } from "./targets.js";

const strict = "-Wpedantic -Wconversion -Wsign-conversion -Wundef -Wshadow -Wcast-align".split(" ");

/** The program in a header's first comment but one. */
function exampleIn(header: string): string {
  const [, text] = /^ \* For example:\n \*\n((?: \*.*\n)+?) \*\/$/m.exec(header)!;
  return text!.replace(/^ \*(?: {5})?/gm, "");
}

const rowOf = (network: Embedded, sample: number): number[] => {
  const columns = onlyInput(network.program).shape.at(-1)!;
  return Array.from({ length: columns }, (_, i) => 0.5 * i - sample);
};

/** What the example needs of its project: rows of which each sample has the same, and an end after three results. */
function surroundings(network: Embedded, name: string): string {
  const macro = name.toUpperCase();
  const hasClasses = onlyOutput(network.program).bytes > 1;
  const parameter = hasClasses ? "int32_t number" : `const float values[${macro}_OUTPUT_ELEMENTS]`;
  return `#include "${name}.h"
#include "port.h"
#include <stdlib.h>
#ifdef __cplusplus
#define EXTERN extern "C++"
#else
#define EXTERN
#endif
EXTERN void read_row(float row[${macro}_INPUT_COLUMNS]);
EXTERN void act_on(${parameter});
static int results = 0;
void read_row(float row[${macro}_INPUT_COLUMNS])
{
    for (int i = 0; i < ${macro}_INPUT_COLUMNS; i++) {
        row[i] = 0.5f * (float)i - (float)results;
    }
}
void act_on(${parameter})
{
    ${hasClasses ? "put_number(number);" : "put_number((int32_t)(values[0] * 1024.0f));"}
    if (++results == 3) {
        leave();
        exit(0);
    }
}
`;
}

function expectedOf(network: Embedded): number[] {
  const [input, output] = [onlyInput(network.program), onlyOutput(network.program)];
  return [0, 1, 2].map((sample) => {
    const row = rowOf(network, sample);
    const rows = input.shape.reduce((product, size) => product * size) / row.length;
    const result = runProgram(
      network.program,
      quantizeTensor(Array.from({ length: rows }, () => row).flat(), input),
    );
    return output.bytes > 1 ? argmax(result) : Math.trunc(dequantizeTensor(result, output)[0]! * 1024);
  });
}

describe("the example in a network's header", () => {
  const cases: readonly (readonly [Embedded, NamingOptions])[] = [
    [columns(), {}],
    [images(4), { name: "eye" }],
    [images(4), { name: "eye", arena: "shared" }],
    [xor(), { name: "gate" }],
  ];

  it.each(["main.c", "main.cpp"])(
    "is a program that compiles as %s without a warning and gives the host's results",
    (main) => {
      for (const [network, options] of cases) {
        const { name = "network" } = options;
        const files = filesOf(network, options);
        const example = exampleIn(files[`${name}.h`]!);
        const project = {
          ...files,
          [main]: example,
          [main.replace("main", "rest")]: surroundings(network, name),
        };
        const found = runOn(targets.gcc, project, { cFlags: ["-O2"], flags: strict });
        expect(found).toEqual(expectedOf(network));
      }
    },
  );

  it("has twenty lines, four more or less", () => {
    for (const [network, options] of cases) {
      const example = exampleIn(filesOf(network, options)[`${options.name ?? "network"}.h`]!);
      expect(Math.abs(example.trimEnd().split("\n").length - 20)).toBeLessThanOrEqual(4);
    }
  });
});

describe("the README.md of an exported folder", () => {
  const exported = (board: string, options: Parameters<typeof exportFirmware>[2] = {}) => {
    const { files } = exportFirmware(columnsNetwork, findBoard(board), options);
    const readme = files.find(({ path }) => path === "README.md")!.data;
    return { readme, files };
  };

  it("names every file of the folder, or its folder, and no other", () => {
    for (const options of [
      {},
      { name: "gesture", dut: false },
      { name: "gesture", arena: "shared" as const },
    ]) {
      const { readme, files } = exported("olimex-stm32-h405", options);
      const named = [...readme.matchAll(/`([\w.]+\/?)`(?=[,\w .`]*\|)/g)].map(([, file]) => file!);
      const found = files.map(({ path }) => path.replace(/\/.*/, "/")).filter((path) => path !== "README.md");
      expect(new Set(named)).toEqual(new Set(found));
    }
  });

  it("has the header's example, what goes in and comes out, and the names of columns and classes", () => {
    const { readme, files } = exported("olimex-stm32-h405", { name: "gesture" });
    const header = files.find(({ path }) => path === "gesture.h")!.data;
    expect(readme).toContain(`\`\`\`c\n${exampleIn(header)}\`\`\``);
    expect(readme).toContain("| input | `int16 [2, 3]` | 6 | 12 | each column's own | each column's own |");
    expect(readme).toContain("| 0 | pressure | 0.37 | -8000 |");
    expect(readme).toContain("| 1 | walk |");
    expect(readme).toContain("npx pinfer flash . --port");
    expect(exported("host").readme).not.toContain("flash .");
  });

  it("keeps hostile names in their cells", () => {
    const network = {
      ...columnsNetwork,
      name: "# <b>x</b>\n| y",
      outputs: [
        { ...columnsNetwork.outputs[0]!, labels: ["a | b\n# c", "[link](http://x) `code` @user <script>"] },
      ],
    };
    const { files } = exportFirmware(network, findBoard("host"));
    const readme = files.find(({ path }) => path === "README.md")!.data;
    expect(readme.split("\n")[0]).toBe(
      "# &#35; &#60;b&#62;x&#60;/b&#62;&#63;&#124; y in C, for this computer",
    );
    expect(readme).toContain("| 0 | a &#124; b&#63;&#35; c |\n");
    expect(readme).not.toMatch(/<script|<b>|\[link\]|@user/);
  });
});
