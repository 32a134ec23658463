import { describe, expect, it } from "vitest";
import { createAudioFrontEnd, windowTable } from "../../src/signal/audioFrontEnd.js";
import { type AudioOptions, audioParameters } from "../../src/signal/audioOptions.js";
import { digitReversal, logarithmTable, splitTable, twiddleTable } from "../../src/signal/fftTables.js";
import { log1pf } from "../../src/signal/log1pf.js";
import { hasSignals, readConfigurations, readGolden, signalsAreMissing } from "../golden/signals.js";

const create = (options: AudioOptions) => createAudioFrontEnd(audioParameters(options));

describe("tables of the audio front-end", () => {
  it("have a window that is not symmetric: one pair of 480 differs", () => {
    const window = windowTable(480);
    expect([window[0], window[17], window[462], window[239], window[240]]).toEqual([0, 54, 53, 4096, 4096]);
    const isOdd = (value: number, i: number) => value !== window[479 - i];
    expect(window.filter(isOdd)).toHaveLength(2);
  });

  it("have mel bands from bin 5 to 240 of 512 samples, whose weights add up to 4096", () => {
    const { bandStarts, weights, halfLength } = create({ preset: "wakeWord" });
    expect([halfLength, bandStarts[0], bandStarts[41], weights.length]).toEqual([256, 5, 241, 2 * 236]);
    const sums = Array.from({ length: 236 }, (_, bin) => weights[2 * bin]! + weights[2 * bin + 1]!);
    expect(new Set(sums)).toEqual(new Set([4096]));
  });

  it("take log1pf for float32 as fdlibm has it, not as it would be rounded right", () => {
    // of 2^-30, of less than √2 − 1, of a power of two less 1, of more
    expect([2 ** -30, 0.25, 3, 10].map(Math.fround).map(log1pf)).toEqual(
      [2 ** -30, Math.log1p(0.25), Math.log(4), Math.log(11)].map(Math.fround),
    );
    const differing = Array.from({ length: 2000 }, (_, i) => Math.fround(i / 177)).filter(
      (x) => log1pf(x) !== Math.fround(Math.log1p(x)),
    );
    expect(differing.length).toBeGreaterThan(0);
    for (const x of differing) expect(Math.abs(log1pf(x) / Math.log1p(x) - 1)).toBeLessThan(2 ** -23);
  });

  it("have gains that fall as noise rises", () => {
    const { gain, snrShift } = create({});
    expect([gain![0], gain![1], gain![2]]).toEqual([32636, 32633, 32630]);
    expect(snrShift).toBe(6);
  });

  it("turn FFTs clockwise in steps of 32767", () => {
    expect([...twiddleTable(4)]).toEqual([32767, 0, 0, -32767, -32767, 0, 0, 32767]);
    expect(splitTable(256).length).toBe(256);
    expect([...splitTable(4)]).toEqual([-23170, -23170, -32767, 0]);
    expect(logarithmTable().slice(0, 4)).toEqual(Int16Array.of(0, 224, 442, 654));
  });

  it("order values by digits of four, then two", () => {
    expect([...digitReversal(8)]).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
    expect([...digitReversal(16)].slice(0, 6)).toEqual([0, 4, 8, 12, 1, 5]);
  });

  it.skipIf(!hasSignals)(
    `are the C library's in every configuration${hasSignals ? "" : `: ${signalsAreMissing}`}`,
    () => {
      const compared: string[] = [];
      for (const { name, frontEnd } of readConfigurations()) {
        const table = (of: string) => readGolden(`${name}/table.${of}`);
        expect([name, ...frontEnd.window]).toEqual([name, ...Array.from(table("window")!)]);
        if (frontEnd.gain) expect([name, ...frontEnd.gain]).toEqual([name, ...Array.from(table("gain")!)]);
        expect([name, ...pairsOfLibrary(table)]).toEqual([name, ...pairsOf(frontEnd)]);
        compared.push(name);
      }
      expect(compared.length).toBeGreaterThanOrEqual(6);
    },
  );

  it("refuse what the arithmetic has no room for, and name it", () => {
    for (const [options, message] of [
      [{ channels: 0 }, "audioFeatures: channels must be a whole number from 1 to 128, found 0"],
      [
        { sizeMs: 500 },
        "audioFeatures: 500 ms and a step of 10 ms at 16000 samples a second are 8000 and 160 samples",
      ],
      [
        { upper: 8100 },
        "audioFeatures: upper is 8100 Hz; of 16000 samples a second, frequencies below 8000 Hz",
      ],
      [{ lower: 500, upper: 400 }, "audioFeatures: lower is 500 Hz and upper 400 Hz"],
      [{ noise: { smoothingBits: 11 } }, "noise.smoothingBits must be a whole number from 0 to 10, found 11"],
      [{ preset: "yes" as "wakeWord" }, 'audioFeatures: no preset is called "yes"'],
    ] as const) {
      expect(() => create(options)).toThrow(message);
    }
  });
});

/** Band, bin and both weights of each bin that counts. */
function pairsOf({ bandStarts, weights, channels }: ReturnType<typeof create>): string[] {
  const found: string[] = [];
  for (let band = 0; band <= channels; band++) {
    for (let bin = bandStarts[band]!; bin < bandStarts[band + 1]!; bin++) {
      const at = 2 * (bin - bandStarts[0]!);
      found.push(`${band} ${bin} ${weights[at]} ${weights[at + 1]}`);
    }
  }
  return found;
}

/** The same of the library's tables, which fill bands up with bins that count for nothing. */
function pairsOfLibrary(table: (of: string) => ArrayLike<number> | undefined): string[] {
  const [starts, offsets, widths] = ["fstart", "wstart", "width"].map((of) => Array.from(table(of)!));
  const [weights, unweights] = [table("weights")!, table("unweights")!];
  return starts!.flatMap((start, band) =>
    Array.from({ length: widths![band]! }, (_, i) => {
      const at = offsets![band]! + i;
      return {
        line: `${band} ${start + i} ${weights[at]} ${unweights[at]}`,
        sum: weights[at]! + unweights[at]!,
      };
    }).flatMap(({ line, sum }) => (sum > 0 ? [line] : [])),
  );
}
