import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { planProgram } from "../../src/plan/planProgram.js";
import { optimizeModes } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";
import { checksum, planSelfTest, selfTestInput } from "../../src/program/selfTest.js";
import { goldenModels, hasGoldenVectors, readGoldenModel } from "../golden/models.js";
import { runC, withTemporaryFolder } from "../support/compileC.js";
import { columns, type Embedded, filesOf, hasKws, images, kws, xor } from "./networks.js";
import { runOn, targets } from "./targets.js";

const main = (name: string, argument = "") => `#include "${name}.h"
#include "port.h"
${argument === "" ? "" : `static ${name}_arena_t arena;\n`}
int main(void)
{
    put_number(${name}_self_test(${argument}));
    leave();
    return 0;
}
`;

const networks: readonly Embedded[] = [xor(), images(4), columns()];

describe.each(Object.values(targets))("the self-test on $name", (target) => {
  const reason = target.missing === undefined ? "" : ` (${target.missing})`;
  it.skipIf(target.missing !== undefined).each(networks)(
    `finds nothing wrong with $name${reason}`,
    (network) => {
      const files = { ...filesOf(network, { name: "eye" }), "main.cpp": main("eye") };
      expect(runOn(target, files)).toEqual([0]);
      const shared = {
        ...filesOf(network, { name: "eye", arena: "shared" }),
        "main.cpp": main("eye", "&arena"),
      };
      expect(runOn(target, shared)).toEqual([0]);
    },
  );
});

describe("the self-test", () => {
  it.each(optimizeModes)("finds nothing wrong with what is optimized for %s", (optimize) => {
    for (const network of [images(11, { optimize }), columns({ optimize })])
      expect(runOn(targets.gcc, { ...filesOf(network), "main.c": main("network") })).toEqual([0]);
  });

  it("names each layer whose output differs in one bit, and the first of two", () => {
    const network = images(4);
    const { calls } = network.program;
    const files = filesOf(network);
    /** Numbers that the program prints with a fault behind some layers. */
    const run = (faulty: readonly number[]): number => {
      let layer = -1;
      const source = files["network.c"]!.replace(
        /^(static void network_run_\w+\(void\)\n\{\n)([\s\S]*?)^\}/gm,
        (_, head, body) => {
          layer++;
          const { offset, bytes } = calls[layer]!.output;
          const fault = faulty.includes(layer)
            ? `    network_arena.bytes[${offset + bytes - 1}] ^= 1;\n`
            : "";
          return `${head}${body}${fault}}`;
        },
      );
      expect(layer).toBe(calls.length - 1);
      return runOn(targets.gcc, { ...files, "network.c": source, "main.c": main("network") })[0]!;
    };
    expect(calls.length).toBeGreaterThan(5);
    expect(calls.map((_, layer) => run([layer]))).toEqual(calls.map((_, layer) => layer + 1));
    expect(run([calls.length - 1, 2])).toBe(3);
  });

  it("names the layer that one damaged weight belongs to", () => {
    const network = columns();
    const files = filesOf(network);
    const source = files["network.c"]!.replace(
      /(network_decide_weights\w*\[\d+\] = \{\n +)(-?\d+)/,
      (_, head, weight) => `${head}${Number(weight) ^ 64}`,
    );
    expect(source).not.toBe(files["network.c"]);
    const print = `#include <stdio.h>
#include "network.h"
int main(void) { printf("%s", network_layer_name(network_self_test() - 1)); return network_layer_name(-1) != 0; }
`;
    expect(runC({ ...files, "network.c": source, "main.c": print }, new Uint8Array()).toString()).toBe(
      "decide",
    );
  });

  it("is not there where a macro leaves it out", () => {
    const files = filesOf(images(4));
    const nothing = '#include "network.h"\nint main(void) { network_run(); return 0; }\n';
    const called = nothing.replace("network_run()", "(void)network_self_test()");
    const flags = ["-DNETWORK_NO_SELF_TEST", "-Wpedantic"];
    expect(runC({ ...files, "main.c": nothing }, new Uint8Array(), flags).toString()).toBe("");
    expect(() => runC({ ...files, "main.c": called }, new Uint8Array(), flags)).toThrow("network_self_test");
  });

  it("makes of a byte that differs another checksum, whichever it is", () => {
    const bytes = Int8Array.from({ length: 100 }, (_, i) => i * 53);
    const sum = checksum(bytes);
    for (let i = 0; i < bytes.length; i++) {
      const other = bytes.slice();
      other[i] ^= 1 << (i % 8);
      expect(checksum(other)).not.toBe(sum);
    }
    // RFC 9923's test vector for "foobar"
    expect(checksum(new Int8Array(Buffer.from("foobar")))).toBe(0xbf9cf968);
  });
});

describe.skipIf(targets.arm.missing !== undefined)(
  "the self-test in an image (needs arm-none-eabi-gcc)",
  () => {
    const nothing =
      '#include "network.h"\n#include "port.h"\nint main(void) { network_run(); leave(); return 0; }\n';
    /** Bytes of each symbol of the linked program that is called so. */
    const sizesOf = (network: Embedded, program: string): number[] =>
      withTemporaryFolder((folder) => {
        const files = { ...filesOf(network), "main.c": program };
        for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
        const { c, flags, link } = targets.arm;
        const include = join(import.meta.dirname, ".");
        execFileSync(c, [...flags, "-Os", `-I${include}`, "network.c", "main.c", ...link, "-o", "x.elf"], {
          cwd: folder,
          stdio: "pipe",
        });
        const names = execFileSync("arm-none-eabi-nm", ["-S", "x.elf"], { cwd: folder, encoding: "utf8" });
        return [...names.matchAll(/^\S+ (\S+) \S network_(self_test\w*|run_layer)$/gm)].map(([, size]) =>
          Number.parseInt(size!, 16),
        );
      });

    it("is left out by the linker where it is not called", () => {
      expect(sizesOf(images(4), nothing)).toEqual([]);
    });

    it.skipIf(!hasKws)(
      "takes a few hundred bytes in the keyword network (needs ../shared/mlperf-tiny)",
      () => {
        const network = kws();
        const [runLayer = 0, selfTest = 0, checksums] = sizesOf(network, main("network"));
        expect(checksums).toBe(4 * network.program.calls.length);
        expect(selfTest).toBeLessThanOrEqual(160);
        // the firmware has this one anyway
        expect(runLayer).toBeLessThanOrEqual(440);
      },
    );
  },
);

describe("the noise of the self-test", () => {
  it.skipIf(!hasGoldenVectors).each(goldenModels)(
    "shows different values at every layer of %s (needs ../shared/mlperf-tiny)",
    (name) => {
      const program = planProgram(readGoldenModel(name).network);
      const { shift } = planSelfTest(program);
      const values: number[] = [];
      runProgram(program, selfTestInput(program, shift), (_, output) => values.push(new Set(output).size));
      expect(Math.min(...values)).toBeGreaterThan(1);
    },
  );
});
