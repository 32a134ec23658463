import { describe, expect, it } from "vitest";
import type { ArenaOwner } from "../../codegen/generatedNetwork.js";
import { expectedInTurns, filesOf, images, mainOf, xor } from "./networks.js";
import { runOn, targets } from "./targets.js";

const [small, large] = [xor(), images(4)];
const expected = expectedInTurns(small, large);

/** The program's files: both networks, and a main in C or C++. */
function project(arena: ArenaOwner, main: "main.c" | "main.cpp"): Record<string, string> {
  const [lamp, gesture] = [
    { name: "lamp", arena },
    { name: "gesture", arena },
  ];
  return {
    ...filesOf(small, lamp),
    ...filesOf(large, gesture),
    [main]: mainOf([small, lamp], [large, gesture]),
  };
}

describe.each(Object.values(targets))("two networks in one program of $name", (target) => {
  const reason = target.missing === undefined ? "" : ` (${target.missing})`;

  it.skipIf(target.missing !== undefined).each([
    ["own", "main.c"],
    ["own", "main.cpp"],
    ["shared", "main.c"],
    ["shared", "main.cpp"],
  ] as const)(`give the host's bytes, arena %s, %s${reason}`, (arena, main) => {
    expect(runOn(target, project(arena, main))).toEqual(expected);
  });
});

describe("a network's C", () => {
  /** Names that a file's text declares or defines as macros, outside of functions. */
  function namesAtFileScope(text: string): string[] {
    const plain = text.replace(/\/\*.*?\*\//gs, "").replace(/^[ \t{}].*$/gm, "");
    const functions = [...plain.matchAll(/^(?!#)(?:[\w *]*[ *])?(\w+)\([^;]*?\)$/gm)].map(([, name]) => name);
    const variables = [...plain.matchAll(/\b(\w+)\[\w+\] = \{$/gm)].map(([, name]) => name);
    const macros = [...plain.matchAll(/^#define (\w+)/gm)].map(([, name]) => name);
    return [...functions, ...variables, ...macros];
  }

  it("has no name at file scope that does not begin with the network's", () => {
    const files = filesOf(large, { name: "gesture" });
    const names = Object.values(files).flatMap(namesAtFileScope);
    expect(names.length).toBeGreaterThan(40);
    expect(names).toEqual(expect.arrayContaining(["gesture_run", "GESTURE_H", "GESTURE_UNROLL"]));
    expect(names.filter((name) => !/^(gesture_|GESTURE_)/.test(name))).toEqual([]);
  });

  it("lets two networks stand in one translation unit", () => {
    const files = project("own", "main.c");
    const { "lamp.c": lamp, "gesture.c": gesture, ...rest } = files;
    const together = { ...rest, "both.c": `${lamp}\n${gesture}` };
    expect(runOn(targets.gcc, together)).toEqual(expected);
  });
});
