import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { type Optimize, optimizeModes } from "../../src/program/program.js";
import { type Embedded, expectedOf, filesOf, hasKws, images, kws, mainOf, xor } from "./networks.js";
import { runOn, targets } from "./targets.js";

/** What projects that are strict about C ask of their compilers; all of them errors. */
const warnings = (
  "-Wpedantic -Wconversion -Wsign-conversion -Wundef -Wshadow -Wc++-compat -Wcast-align -Wcast-qual " +
  "-Wstrict-prototypes -Wmissing-prototypes"
).split(" ");

const projectOf = (network: Embedded, name?: string) => ({
  ...filesOf(network, { ...(name && { name }) }),
  "main.cpp": mainOf([network, { ...(name && { name }) }]),
});

describe.each(Object.values(targets))(
  "the C of networks, with every warning an error, for $name",
  (target) => {
    const reason = target.missing === undefined ? "" : ` (${target.missing})`;

    it.skipIf(target.missing !== undefined).each([
      ["c99", "-O2"],
      ["c11", "-Os"],
      ["gnu11", "-O0"],
    ])(`compiles as %s with %s and gives the host's bytes${reason}`, (standard, optimization) => {
      const network = images(new Random(7).integer(100));
      const cFlags = [`-std=${standard}`, optimization, ...warnings];
      expect(runOn(target, projectOf(network), { cFlags })).toEqual(expectedOf(network));
    });
  },
);

describe("the C of a network, for compilers that are not GNU's", () => {
  // gcc without saying that it is one: nothing of what only GNU C has may be used then
  it.each(["c99", "c11"])("compiles as %s without a warning and gives the host's bytes", (standard) => {
    for (const network of [xor(), images(4), images(11)]) {
      const cFlags = [`-std=${standard}`, "-O2", "-U__GNUC__", ...warnings];
      expect(runOn(targets.gcc, projectOf(network), { cFlags })).toEqual(expectedOf(network));
    }
  });
});

/** A main program that prints how many instructions the second run took. */
const counting = `#include "network.h"
#include "port.h"

int main(void)
{
    for (int i = 0; i < 2; i++) {
        for (int j = 0; j < NETWORK_INPUT_BYTES; j++) {
            network_input()[j] = (int8_t)(i * 37 + j * 11);
        }
        start_counting();
        network_run();
    }
    put_number(counted_instructions());
    leave();
    return 0;
}
`;

const canCount = targets.arm.missing === undefined && hasKws;

describe.skipIf(!canCount)(
  "MLPerf Tiny's keyword network on a Cortex-M4 (needs QEMU and ../shared/mlperf-tiny)",
  () => {
    const instructions = (optimize: Optimize, flag: string): number => {
      const files = { ...filesOf(kws({ optimize })), "main.c": counting };
      return runOn(targets.arm, files, { cFlags: [flag] })[0]!;
    };

    it.each(optimizeModes)("takes as many instructions under -Os as under -O2, optimized for %s", (mode) => {
      const usual = instructions(mode, "-O2");
      expect(usual).toBeGreaterThan(5_000_000);
      expect(instructions(mode, "-Os")).toBeLessThanOrEqual(1.02 * usual);
    });

    // optimized for size, whose arithmetic -Og leaves in functions, it takes 13 % more
    it("takes as many instructions under -Og as under -O2, optimized for speed", () => {
      expect(instructions("speed", "-Og")).toBeLessThanOrEqual(1.02 * instructions("speed", "-O2"));
    });
  },
);

describe("the places of a network", () => {
  it("are sections that two macros name", () => {
    const network = images(4);
    // the linker knows the ends of a section whose name is one of C
    const places = [
      '-DNETWORK_ARENA_ATTRIBUTES=__attribute__((section("fast_ram")))',
      '-DNETWORK_TABLES_ATTRIBUTES=__attribute__((section("outer_flash")))',
    ];
    const main = mainOf([network]).replace(
      "int main(void)\n{",
      `extern "C" {
extern const int8_t __start_fast_ram[], __stop_fast_ram[], __start_outer_flash[], __stop_outer_flash[];
}
int main(void)
{
    put_number((int32_t)(__stop_fast_ram - __start_fast_ram));
    put_number(__stop_outer_flash - __start_outer_flash > 100);`,
    );
    const [arena, hasTables, ...outputs] = runOn(
      targets.gcc,
      { ...filesOf(network), "main.cpp": main },
      { cFlags: ["-O2", ...places] },
    );
    expect([arena, hasTables]).toEqual([4 * Math.ceil(network.program.arenaBytes / 4), 1]);
    expect(outputs).toEqual(expectedOf(network));
  });
});
