import { describe, expect, it } from "vitest";
import { compareOutputs } from "../../src/compare/outputs.js";

const bytes = (...values: number[]): Int8Array => Int8Array.of(...values);

describe("compareOutputs", () => {
  it("finds no difference between equal outputs and hashes all of them in order", () => {
    const outputs = [bytes(1, 2), bytes(-128, 127)];

    expect(compareOutputs(outputs, [bytes(1, 2), bytes(-128, 127)])).toEqual({
      ...{ samples: 2, bytesPerSample: 2, bytesCompared: 4, bytesDifferent: 0, samplesDifferent: 0 },
      firstDifference: null,
      // printf '\x01\x02\x80\x7f' | sha256sum
      hostSha256: "62952269bf380a631e5a63322eaeddece7c65f9ec54a8349e6c6b85c92445cda",
      deviceSha256: "62952269bf380a631e5a63322eaeddece7c65f9ec54a8349e6c6b85c92445cda",
    });
  });

  it("counts bytes and samples that differ and names the first with both values", () => {
    const comparison = compareOutputs(
      [bytes(0, 0, 0), bytes(1, 2, 3), bytes(4, 5, 6)],
      [bytes(0, 0, 0), bytes(1, 3, 4), bytes(4, 5, -6)],
    );

    expect(comparison).toMatchObject({ bytesDifferent: 3, samplesDifferent: 2, bytesCompared: 9 });
    expect(comparison.firstDifference).toEqual({ sample: 1, index: 1, host: 2, device: 3 });
    expect(comparison.hostSha256).not.toBe(comparison.deviceSha256);
  });

  it("refuses outputs of other numbers or sizes", () => {
    expect(() => compareOutputs([bytes(1)], [])).toThrow("1 outputs of the host, 0 of the device");
    expect(() => compareOutputs([bytes(1)], [bytes(1, 2)])).toThrow(
      "an output of 1 B on the host, of 2 B on the device",
    );
  });
});
