import { describe, expect, it } from "vitest";
import type { NamingOptions } from "../../codegen/generatedNetwork.js";
import { commentText } from "../../codegen/names.js";
import { onlyInput, onlyOutput } from "../../src/network/ports.js";
import type { Program } from "../../src/program/program.js";
import { runC } from "../support/compileC.js";
import { columns, type Embedded, filesOf, images, xor } from "./networks.js";

/** Names that would end a comment, a string, a line or a program if they were printed as they are. */
const hostile = [
  "*/ int injected; /*",
  'line\n#error "two"\r\u2028end',
  "what??/ what???/",
  'a"; #include <evil> //\\',
  "back\\slash\\",
  "größe 大きさ 💣7 \u202e\ud800",
  "%s\u0000\u001b[31m",
  "?",
];

/** What a terminal may get of them, as UTF-8: printable, and one line. */
const printed = hostile.map((name) => name.replace(/[\p{C}\p{Zl}]/gu, "?"));

function withLabels({ program, ...rest }: Embedded, inputs: string[], outputs: string[]): Embedded {
  const [input, output] = [onlyInput(program), onlyOutput(program)];
  const named: Program = {
    ...program,
    name: hostile.join(" "),
    inputs: [{ ...input, labels: inputs }],
    outputs: [{ ...output, labels: outputs }],
  };
  return { ...rest, program: named };
}

/** Lines that a main program prints in which every statement is of a network's header. */
function print(
  network: Embedded,
  statements: readonly string[],
  options: NamingOptions = {},
  flags: readonly string[] = [],
): string[] {
  const files = filesOf(network, options);
  const { name = "network" } = options;
  const main = `#include <stdio.h>
#include "${name}.h"
#define COUNT(list) ((int)(sizeof(list) / sizeof((list)[0])))
int main(void)
{
${statements.join("\n")}
    return 0;
}
`;
  return runC({ ...files, "main.c": main }, new Uint8Array(), flags)
    .toString()
    .trimEnd()
    .split("\n");
}

const numbers = (...expressions: string[]) =>
  expressions.map((expression) => `    printf("%ld\\n", (long)(${expression}));`);
const list = (type: string, macro: string, format: string) => `    {
        static const ${type} list[] = ${macro};
        for (int i = 0; i < COUNT(list); i++) printf("%s${format}", i == 0 ? "" : " | ", list[i]);
        printf("\\n");
    }`;
const text = (macro: string) => `    printf("%s\\n", ${macro});`;

describe("a network's header", () => {
  it("tells name, hash and version", () => {
    const network = images(4);
    const lines = print(
      network,
      ["NAME", "HASH", "PINFER_VERSION"].map((macro) => text(`EYE_${macro}`)),
      {
        name: "eye",
      },
    );
    expect(lines).toEqual([network.program.name, network.program.hash, "0.0.0"]);
  });

  it("tells shape, elements, bytes, columns and the type of each end", () => {
    const network = images(4);
    const { shape } = onlyInput(network.program);
    const { shape: classes } = onlyOutput(network.program);
    const elements = shape.reduce((product, size) => product * size, 1);
    const lines = print(network, [
      list("int", "NETWORK_INPUT_SHAPE", "%d"),
      ...numbers(
        ...["NETWORK_INPUT_RANK", "NETWORK_INPUT_ELEMENTS", "NETWORK_INPUT_BYTES", "NETWORK_INPUT_COLUMNS"],
        ...["(network_input_t)-129", "NETWORK_ARENA_BYTES"],
      ),
      list("int", "NETWORK_OUTPUT_SHAPE", "%d"),
      ...numbers("NETWORK_OUTPUT_RANK", "NETWORK_OUTPUT_ELEMENTS", "NETWORK_OUTPUT_BYTES"),
      ...numbers("NETWORK_CLASS_COUNT", "sizeof(network_output_t)"),
    ]);
    expect(lines).toEqual([
      shape.join(" | "),
      ...[shape.length, elements, elements, shape.at(-1), 127, network.program.arenaBytes].map(String),
      classes.join(" | "),
      ...[1, classes[0], classes[0], classes[0], 1].map(String),
    ]);
  });

  it("tells elements and bytes apart, and each column's scale, zero point and name", () => {
    const network = columns();
    const lines = print(network, [
      ...numbers(
        ...["NETWORK_INPUT_ELEMENTS", "NETWORK_INPUT_BYTES", "NETWORK_INPUT_COLUMNS"],
        ...["sizeof(network_input_t)", "sizeof(network_input()[0])"],
      ),
      list("char *const", "NETWORK_INPUT_COLUMN_NAMES", "%s"),
      list("float", "NETWORK_INPUT_SCALES", "%a"),
      list("int32_t", "NETWORK_INPUT_ZERO_POINTS", "%ld").replace("list[i]", "(long)list[i]"),
      list("char *const", "NETWORK_CLASS_NAMES", "%s"),
    ]);
    expect(
      lines.map((line, i) => (i === 6 ? line.split(" | ").map(Number.parseFloat).length : line)),
    ).toEqual([
      ...["6", "12", "3", "2", "2"],
      "pressure | tilt | charge",
      3,
      "-8000 | 0 | -2147483648",
      "rest | walk",
    ]);
  });

  it.each(["-std=c99", "-std=c11", "-std=gnu11"])(
    "keeps hostile names in its strings and comments, compiled with %s",
    (flag) => {
      const [small, large] = [hostile.slice(0, 3), hostile.slice(0, 2)];
      const network = withLabels(columns(), small, large);
      const statements = [
        list("char *const", "NETWORK_INPUT_COLUMN_NAMES", "%s"),
        list("char *const", "NETWORK_CLASS_NAMES", "%s"),
        text("NETWORK_NAME"),
      ];
      const lines = print(network, statements, {}, [flag, "-Wall", "-Wextra", "-Werror", "-Wpedantic"]);
      expect(lines).toEqual([
        printed.slice(0, 3).join(" | "),
        printed.slice(0, 2).join(" | "),
        printed.join(" "),
      ]);
      const files = Object.values(filesOf(network)).join("");
      // each line is closed by its own line end: nothing but ASCII, no trigraph, no escape of a line
      expect(files.match(/[^\n -~]/g)).toBeNull();
      expect(files.match(/\?\?/g)).toBeNull();
      for (const name of hostile) expect(commentText(name)).not.toMatch(/\\|\*\/|\/\*|\?\?|[^ -~]/);
    },
  );

  it("has no names where there are none, and no classes where there is one output", () => {
    const { "network.h": header } = filesOf(xor());
    expect(header).not.toContain("_NAMES");
    expect(header).not.toContain("CLASS");
    expect(filesOf(images(4))["network.h"]).toContain("#define NETWORK_CLASS_COUNT");
  });
});
