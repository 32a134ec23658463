import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { startProgress } from "../../src/cli/progress.js";

/** A stream that is a terminal or not, and what was written to it. */
function createStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream & PassThrough;
  return { stream, text: () => String(stream.read() ?? "") };
}

describe("startProgress", () => {
  it("prints a line every five seconds where there is no terminal, and the last state at the end", () => {
    const { stream, text } = createStream(false);
    let time = 0;
    const progress = startProgress("training", 10, stream, () => time);
    const updateAt = (seconds: number, done: number, note?: string): void => {
      time = seconds * 1000;
      progress.update(done, note);
    };

    updateAt(1, 1, "loss 0.9");
    updateAt(5, 2, "loss 0.8");
    updateAt(9, 3, "loss 0.7");
    updateAt(10, 4);
    updateAt(11, 10, "loss 0.1");
    progress.stop();
    progress.stop();

    expect(text()).toBe("training 2/10 loss 0.8\ntraining 4/10 loss 0.7\ntraining 10/10 loss 0.1\n");
  });

  it("prints nothing for work that never began", () => {
    const { stream, text } = createStream(false);
    startProgress("training", 10, stream).stop();
    expect(text()).toBe("");
  });
});
