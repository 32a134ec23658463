import { afterEach, expect, it, vi } from "vitest";
import { showTraining } from "../../src/cli/progressOfTraining.js";

afterEach(() => vi.restoreAllMocks());

it("names classes in the metrics of an epoch", () => {
  let text = "";
  vi.spyOn(process.stderr, "write").mockImplementation((piece) => {
    text += piece;
    return true;
  });
  const display = showTraining();
  display.onData?.({ classes: ["apple", "lemon"], parts: [] } as never);
  const progress = { epoch: 1, epochs: 1, samplesDone: 1, samples: 1, loss: 1, samplesPerSecond: 1 };
  display.onProgress?.(progress as never, "training");
  const validation = { loss: 0.5, metrics: { "f1 of 1": 0.25 } };
  display.onEpoch?.({ epoch: 1, loss: 1, validation } as never, "training");
  display.stop();
  expect(text).toContain("epoch 1: loss 1.000, validation loss 0.5000, f1 of lemon 0.2500");
});
