import { describe, expect, it } from "vitest";
import { expectedOf, filesOf, hasKws, images, kws, mainOf, xor } from "./networks.js";
import { runOn, targets } from "./targets.js";

describe.each(Object.values(targets))("a C++ program of $name", (target) => {
  const reason = target.missing === undefined ? "" : ` (${target.missing})`;

  it.skipIf(target.missing !== undefined)(`links and runs exclusive or${reason}`, () => {
    const network = xor();
    expect(expectedOf(network)).toEqual([0, 64, 64, 0]);
    expect(runOn(target, { ...filesOf(network), "main.cpp": mainOf([network]) })).toEqual([0, 64, 64, 0]);
  });

  it.skipIf(target.missing !== undefined)(`links and runs a network of images${reason}`, () => {
    const network = images(4);
    const files = { ...filesOf(network), "main.cpp": mainOf([network]) };
    expect(runOn(target, files)).toEqual(expectedOf(network));
  });

  const tooSmall = target === targets.avr ? " (8 908 B of arena, 8 192 B of RAM)" : "";
  it.skipIf(target.missing !== undefined || tooSmall !== "" || !hasKws)(
    `links and runs MLPerf Tiny's keyword network${reason || tooSmall || " (needs ../shared/mlperf-tiny)"}`,
    () => {
      const network = kws();
      const files = { ...filesOf(network), "main.cpp": mainOf([network]) };
      expect(runOn(target, files)).toEqual(expectedOf(network));
    },
  );
});
