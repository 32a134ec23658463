import { describe, expect, it } from "vitest";
import { readWakeWord } from "../../src/import/wakeWord.js";

const second = {
  ...{ type: "micro", wake_word: "Hey Jarvis", author: "somebody", website: "", model: "hey_jarvis.tflite" },
  ...{ trained_languages: ["en"], version: 2 },
  micro: {
    ...{ probability_cutoff: 0.97, feature_step_size: 10, sliding_window_size: 5 },
    ...{ tensor_arena_size: 22860, minimum_esphome_version: "2024.7.0" },
  },
};

const read = (manifest: unknown) =>
  readWakeWord(Buffer.from(`\n${JSON.stringify(manifest)}`), "words/hey.json");

describe("manifests of microWakeWord", () => {
  it("of version 2 tell all", () => {
    expect(read(second)).toEqual({
      ...{ word: "Hey Jarvis", model: "hey_jarvis.tflite", stepMs: 10, cutoff: 247, window: 5 },
    });
  });

  it("of version 1 have steps of 20 ms", () => {
    const micro = { probability_cutoff: 0.5, sliding_window_average_size: 10 };
    expect(read({ ...second, version: 1, micro })).toMatchObject({ stepMs: 20, cutoff: 127, window: 10 });
  });

  it("are no other files", () => {
    expect(read({ ...second, type: "macro" })).toBeUndefined();
    expect(read([second])).toBeUndefined();
    expect(readWakeWord(Buffer.from("{ no JSON"), "x.json")).toBeUndefined();
    expect(readWakeWord(Uint8Array.of(0, 123), "x.tflite")).toBeUndefined();
  });

  it.each<[object, string]>([
    [{ version: 3 }, "hey.json.version must be an integer 1..2, found 3"],
    [
      { model: "../hey.tflite" },
      'hey.json.model must be the name of a .tflite file in the manifest\'s folder, found "../hey.tflite"',
    ],
    [{ model: "https://example.org/hey.tflite" }, "hey.json.model must be the name of a .tflite file"],
    [{ micro: undefined }, "hey.json.micro must be an object"],
    [
      { micro: { ...second.micro, probability_cutoff: 1.5 } },
      "probability_cutoff must be a probability of 0 to 1, found 1.5",
    ],
    [
      { micro: { ...second.micro, sliding_window_size: 0 } },
      "sliding_window_size must be an integer 1..1000, found 0",
    ],
    [{ micro: { ...second.micro, feature_step_size: "10" } }, "feature_step_size must be an integer 1..1000"],
  ])("%o is refused", (change, complaint) => {
    expect(() => read({ ...second, ...change })).toThrow(complaint);
  });
});
