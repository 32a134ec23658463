import { describe, expect, it, vi } from "vitest";
import { parseProcessors, pinnedCommand } from "../../src/board/pinProcess.js";
import { temporaryDirectory } from "../firmware/images.js";

const empty = temporaryDirectory();

describe("parseProcessors", () => {
  it("reads single processors and ranges", () => {
    expect(parseProcessors("0-2,5")).toEqual([0, 1, 2, 5]);
    expect(parseProcessors("3")).toEqual([3]);
  });
});

describe("pinnedCommand", () => {
  it("leaves a command as it is where there is no taskset", async () => {
    vi.stubEnv("PATH", empty);
    try {
      expect(await pinnedCommand()).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
