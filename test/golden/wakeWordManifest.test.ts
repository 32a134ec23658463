import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runImport } from "../../src/cli/runImport.js";
import { readModel } from "../../src/model/modelFile.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { signalsFolder } from "./signals.js";
import {
  clipNames,
  expectedOutputs,
  hasWakeWords,
  modelPathOf,
  runClip,
  wakeWords,
  wakeWordsAreMissing,
} from "./wakeWords.js";

const folder = mkdtempSync(join(tmpdir(), "pinfer-wake-"));
afterAll(() => rmSync(folder, { recursive: true }));

const manifests = {
  v1: { version: 1, micro: { probability_cutoff: 0.5, sliding_window_average_size: 10 } },
  v2: { version: 2, micro: { probability_cutoff: 0.97, feature_step_size: 10, sliding_window_size: 5 } },
};

describe("microWakeWord by its manifest", () => {
  const title = 'detects "hey jarvis" in the same runs of the golden clips as ESPHome\'s rule';
  it.skipIf(!hasWakeWords)(
    hasWakeWords ? title : `${title}: ${wakeWordsAreMissing}`,
    { timeout: 600_000 },
    async () => {
      const firsts: Record<string, { first_detection_invocation: number | null }> = JSON.parse(
        readFileSync(join(signalsFolder, "e2e/manifest.json"), "utf8"),
      );
      let compared = 0;
      for (const version of wakeWords) {
        copyFileSync(modelPathOf(version), join(folder, `${version}.tflite`));
        const manifest = {
          type: "micro",
          wake_word: "Hey Jarvis",
          model: `${version}.tflite`,
          ...manifests[version],
        };
        writeFileSync(join(folder, `${version}.json`), JSON.stringify(manifest));
        const output = join(folder, `${version}.model.json`);
        await runImport(join(folder, `${version}.json`), {
          output,
          calibration: "minMax",
          withoutSoftmax: false,
        });
        const { quantized } = readModel(output);
        expect(quantized!.outputs[0]).toMatchObject({ border: "uint8" });
        const program = planProgram(quantized!);
        for (const clip of clipNames()) {
          const runs = runClip(quantized!, program, clip);
          expect([clip, ...runs.map(([probability]) => probability)]).toEqual([
            clip,
            ...expectedOutputs(clip, version),
          ]);
          const first = runs.findIndex(([, detected]) => detected === 127);
          const golden = firsts[`${clip}.${version}`]!.first_detection_invocation;
          expect([clip, version, first < 0 ? null : first]).toEqual([clip, version, golden]);
          compared++;
        }
      }
      expect(compared).toBe(24);
    },
  );
});
