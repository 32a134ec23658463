import { expect, it } from "vitest";
import { formatDuration, startPace } from "../../src/cli/pace.js";

it("tells the pace since the first sample and what is left", () => {
  let now = 5_000;
  const pace = startPace(1000, () => now);
  expect(pace(1)).toBe("");
  now += 2_000;
  expect(pace(101)).toBe("50/s, 18 s left");
  now += 98_000;
  expect(pace(201)).toBe("2.0/s, 6 min 40 s left");
});

it("does not count what was kept from an earlier time", () => {
  let now = 0;
  const pace = startPace(1000, () => now);
  pace(901);
  now = 1_000;
  expect(pace(910)).toBe("9.0/s, 10 s left");
});

it("tells durations in the two largest units", () => {
  expect([0, 59, 60, 75, 3_600, 7_290].map(formatDuration)).toEqual([
    "0 s",
    "59 s",
    "1 min 0 s",
    "1 min 15 s",
    "1 h 0 min",
    "2 h 1 min",
  ]);
});
