import { describe, expect, it } from "vitest";
import { type Helpers, Tuner } from "../../../src/train/engine/tuner.js";

/** A machine of a clock and two ways to make a step, with the milliseconds that each takes. */
function simulate(aloneMs: () => number, togetherMs: () => number, limit = 2) {
  let time = 0;
  let starts = 0;
  const helpers: Helpers = {
    limit,
    get isReady() {
      return starts > 0;
    },
    isActive: false,
    start() {
      starts++;
    },
  };
  const tuner = new Tuner(helpers, () => time);
  const run = (untilMs: number) => {
    let steps = 0;
    while (time < untilMs) {
      tuner.beforeStep();
      time += helpers.isActive ? togetherMs() : aloneMs();
      tuner.afterStep();
      steps++;
    }
    return steps;
  };
  return { helpers, run, tuner, starts: () => starts };
}

describe("helping threads", () => {
  it("are started when training has taken a tenth of a second, and used when they are faster", () => {
    const { helpers, run, starts } = simulate(
      () => 2,
      () => 1.2,
    );
    run(99);
    expect(starts()).toBe(0);
    run(150);
    expect([starts(), helpers.isActive]).toEqual([1, false]);
    run(300);
    expect(helpers.isActive).toBe(true);
  });

  it("are tried at once by a training that finds them ready", () => {
    const { helpers, run } = simulate(
      () => 2,
      () => 1.2,
    );
    run(300);
    let time = 0;
    const tuner = new Tuner(helpers, () => time);
    expect(helpers.isActive).toBe(false);
    for (let step = 0; step < 10; step++) {
      tuner.beforeStep();
      time += helpers.isActive ? 1.2 : 2;
      tuner.afterStep();
    }
    expect([time, helpers.isActive]).toEqual([expect.closeTo(16), true]);
  });

  it("are left alone when they win less than a tenth", () => {
    const { helpers, run } = simulate(
      () => 2,
      () => 1.85,
    );
    run(1000);
    expect(helpers.isActive).toBe(false);
  });

  it("are given up when the machine gets busy, and taken again when it is free", () => {
    let isBusy = false;
    const { helpers, run } = simulate(
      () => 2,
      () => (isBusy ? 9 : 1.2),
    );
    run(1000);
    expect(helpers.isActive).toBe(true);
    isBusy = true;
    run(3000);
    expect(helpers.isActive).toBe(false);
    isBusy = false;
    run(6000);
    expect(helpers.isActive).toBe(true);
  });

  it("cost less than a twentieth of the time where they are ten times slower", () => {
    const { run } = simulate(
      () => 1,
      () => 10,
    );
    expect(run(60_000)).toBeGreaterThan(57_000);
  });

  it("are not started for short steps, nor where there is one processor", () => {
    const short = simulate(
      () => 0.05,
      () => 0.01,
    );
    const single = simulate(
      () => 2,
      () => 1,
      1,
    );
    short.run(500);
    single.run(500);
    expect([short.starts(), single.starts()]).toEqual([0, 0]);
  });

  it("sleep when training ends", () => {
    const { helpers, run, tuner } = simulate(
      () => 2,
      () => 1,
    );
    run(500);
    tuner.end();
    expect(helpers.isActive).toBe(false);
  });
});
