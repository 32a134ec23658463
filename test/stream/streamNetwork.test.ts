import { describe, expect, it } from "vitest";
import { Random } from "../../src/base/random.js";
import { elementCount } from "../../src/base/tensor.js";
import type { ActivationData, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { resetStates } from "../../src/program/states.js";
import { type StreamedNetwork, streamNetwork } from "../../src/stream/streamNetwork.js";
import { audioNetwork, soundOf } from "../support/audioNetwork.js";
import { ports } from "../support/ports.js";
import { randomWindows, WindowNetwork } from "../support/randomWindows.js";

const shapeOf = ({ tensors, inputs: [port] }: QuantizedNetwork) => tensors[port!.tensor]!.shape;

function noise(count: number, seed: number): Int8Array {
  const random = new Random(seed);
  return Int8Array.from({ length: count }, () => random.integer(256) - 128);
}

/** What each run of the stream gives. */
function runStream({ network, hop }: StreamedNetwork, rows: Int8Array, row: number): ActivationData[] {
  const program = planProgram(network);
  const states = resetStates(program);
  return Array.from({ length: Math.floor(rows.length / row / hop) }, (_, run) =>
    runProgram(program, rows.slice(run * hop * row, (run + 1) * hop * row), undefined, states),
  );
}

/** A network, its stream, noise that goes through both, and what the stream makes of it. */
function streamed(network: QuantizedNetwork, options?: { readonly hop: number }) {
  const stream = streamNetwork(network, options);
  const [windowRows = 0, ...rest] = shapeOf(network);
  const row = elementCount(rest);
  const fill = stream.network.fillRuns ?? 0;
  const runs = fill + 7;
  // windows may end in rows that nothing looks at: they are noise too
  const rows = noise((runs * stream.hop + windowRows) * row, 3);
  const outputs = runStream(stream, rows.subarray(0, runs * stream.hop * row), row);
  const program = planProgram(network, { optimize: "size" });
  const ofWindow = (first: number) =>
    runProgram(program, rows.slice(first * row, (first + windowRows) * row));
  return { ...stream, fill, outputs, ofWindow };
}

/** Holds what a stream makes of its windows against what the network makes of them. @returns runs that were compared */
function expectWindows(network: QuantizedNetwork, options?: { readonly hop: number }): number {
  const { fill, hop, window, outputs, ofWindow } = streamed(network, options);
  expect((fill + 1) * hop - window).toBeGreaterThanOrEqual(0);
  expect(fill === 0 || fill * hop - window < 0).toBe(true);
  for (let run = fill; run < outputs.length; run++) {
    expect([run, ...outputs[run]!]).toEqual([run, ...ofWindow((run + 1) * hop - window)]);
  }
  return outputs.length - fill;
}

/** Holds the rows that a stream makes against those of windows that begin at each of their rows. */
function expectRows(network: QuantizedNetwork): number {
  const { fill, hop, outputs, ofWindow } = streamed(network);
  const [windowRows = 0, ...rest] = network.tensors[network.outputs[0]!.tensor]!.shape;
  const size = elementCount(rest);
  const made = outputs[0]!.length / size;
  const stride = hop / made;
  const all = outputs.flatMap((output) => [...output]);
  /** Whether row `lag` is the first of the stream's. */
  const fits = (lag: number) =>
    Array.from({ length: all.length / size - lag }, (_, row) => {
      const inWindow = Math.min(row, windowRows - 1);
      const expected = ofWindow((row - inWindow) * stride).subarray(inWindow * size, (inWindow + 1) * size);
      return expected.every((value, i) => all[(lag + row) * size + i] === value);
    }).every(Boolean);
  const lags = Array.from({ length: made }, (_, i) => fill * made - i).filter((lag) => lag >= 0);
  expect(lags.filter(fits)).toHaveLength(1);
  return all.length / size;
}

const endsInRows = (network: QuantizedNetwork) =>
  network.tensors[network.outputs[0]!.tensor]!.shape.length === 3;

describe("a stream gives what its windows give, once it is filled", () => {
  const networks = Array.from({ length: 60 }, (_, i) => randomWindows(i + 1));

  it("random networks with one answer, byte for byte", () => {
    const compared = networks
      .filter((network) => !endsInRows(network))
      .map((network) => expectWindows(network));
    expect(compared.length).toBeGreaterThan(40);
  });

  it("random networks that give rows", () => {
    const compared = networks.filter(endsInRows).map(expectRows);
    expect(compared.length).toBeGreaterThan(5);
  });
});

/** [rows, 1, 2] → a convolution over three rows → a mean → two answers. */
function small(rows: number, { stride = 1, top = 0 } = {}): QuantizedNetwork {
  const draw = new WindowNetwork(new Random(4));
  const input = draw.put([rows, 1, 2]);
  const convolved = draw.convolution(input, { kernel: 3, stride, top });
  return draw.finish(input, draw.dense(draw.mean(convolved), 2));
}

describe("a stream", () => {
  it("keeps the rows that later ones need", () => {
    const { network, hop, window, notes } = streamNetwork(small(10));
    expect([hop, window, network.fillRuns, notes]).toEqual([1, 10, 9, []]);
    expect(network.layers.map(({ kind }) => kind)).toEqual([
      ...["streamWindow", "convolution", "streamWindow", "mean", "fullyConnected"],
    ]);
    expect(network.states.map(({ tensor, reset }) => [network.tensors[tensor]!.shape[0], reset])).toEqual([
      [3, -11],
      [8, -11],
    ]);
  });

  it("takes as many rows a run as strides ask for, or more", () => {
    const network = small(11, { stride: 2 });
    expect(streamNetwork(network).hop).toBe(2);
    for (const hop of [2, 4, 6, 10]) expect(expectWindows(network, { hop })).toBe(7);
    for (const hop of [1, 3, 12, 0, 2.5]) {
      expect(() => streamNetwork(network, { hop })).toThrow(
        `a step of the stream must be a multiple of 2 rows, up to the window's 11, found ${hop}`,
      );
    }
  });

  it("that takes a whole window a run keeps nothing", () => {
    const { network } = streamNetwork(small(10), { hop: 10 });
    expect([network.states, network.fillRuns]).toEqual([[{ ...network.states[0], reset: -11 }], undefined]);
  });

  it("computes what is padded in time on the whole window, and says so", () => {
    const network = small(10, { top: 1 });
    expect(expectWindows(network)).toBe(7);
    expect(streamNetwork(network).notes).toEqual([
      {
        layer: "convolution 0",
        why: "pads its input with 1 rows in front and 0 behind, where in a stream other rows stand",
      },
    ]);
  });

  it("runs down rows that lie across", () => {
    const draw = new WindowNetwork(new Random(9));
    const input = draw.put([12, 3]);
    const across = draw.reshape(input, [1, 12, 3]);
    const weights = draw.weights(2 * 4 * 3);
    const convolved = draw.add(
      {
        ...{ kind: "convolution", kernelSize: [1, 4], strides: [1, 2], dilations: [1, 1], weights },
        ...{ padding: { top: 0, bottom: 0, left: 0, right: 0 }, weightScales: [1 / 512, 1 / 512] },
        ...{ bias: draw.biases(2), activationMin: -128, activationMax: 127 },
      },
      [across],
      [1, 5, 2],
    );
    const network = draw.finish(input, draw.dense(convolved, 3));
    expect(streamNetwork(network).notes).toEqual([]);
    expect(expectWindows(network)).toBe(7);
  });

  it("of branches with other strides takes rows that fit both", () => {
    const draw = new WindowNetwork(new Random(5));
    const input = draw.put([12, 1, 2]);
    const twos = draw.dense(draw.pool("maxPool", input, 2, 2), 2);
    const threes = draw.dense(draw.pool("maxPool", draw.crop(input, 0, 3), 3, 3), 2);
    const network = draw.finish(input, draw.sum(twos, threes));
    expect(streamNetwork(network).hop).toBe(6);
    expect(expectWindows(network)).toBe(7);
  });

  it("of a stream, of several inputs, and of branches that never meet is refused", () => {
    const { network } = streamNetwork(small(10));
    expect(() => streamNetwork(network)).toThrow('network "windows" keeps states from run to run');
    const [port] = network.inputs;
    const several = { ...small(10), inputs: [port!, { ...port!, tensor: 1 }] };
    expect(() => streamNetwork(several)).toThrow('network "windows" has 2 inputs and 1 output');
    const draw = new WindowNetwork(new Random(2));
    const input = draw.put([12, 1, 2]);
    const twos = draw.dense(draw.pool("maxPool", draw.crop(input, 0, 2), 2, 2), 2);
    const threes = draw.dense(draw.pool("maxPool", draw.crop(input, 0, 3), 3, 3), 2);
    expect(() => streamNetwork(draw.finish(input, draw.sum(twos, threes)))).toThrow(
      "another look at windows whose ends are 1 rows apart, where rows come by 3",
    );
  });
});

describe("a stream of sound", () => {
  it("gives the features of the clip, where no noise goes on", () => {
    // a step that divides the frame and one that does not
    for (const preset of ["wakeWord", "microSpeech"] as const) {
      const options = {
        preset,
        channels: 7,
        noise: { even: 0, odd: 0 },
        pcan: false,
        log: { scaleShift: 5 },
      } as const;
      const { network, hop } = streamNetwork(audioNetwork(1600, options));
      const channels = 7;
      const runs = 9;
      const sound = soundOf(runs * hop, 5);
      const program = planProgram(network);
      const states = resetStates(program);
      const found = Array.from({ length: runs }, (_, run) => [
        ...runProgram(program, sound.slice(run * hop, (run + 1) * hop), undefined, states),
      ]).flat();
      const clip = [...runProgram(planProgram(audioNetwork(sound.length, options)), sound)];
      const fill = (network.fillRuns ?? 0) * channels;
      expect([preset, hop, network.fillRuns]).toEqual([
        preset,
        preset === "wakeWord" ? 160 : 320,
        preset === "wakeWord" ? 2 : 1,
      ]);
      expect(found.slice(fill)).toEqual(clip.slice(0, found.length - fill));
      expect(new Set(found.slice(fill)).size).toBeGreaterThan(10);
    }
  });

  it("goes on behind the features row by row", () => {
    const options = { channels: 7, noise: { even: 0, odd: 0 }, pcan: false, log: { scaleShift: 5 } } as const;
    const one = audioNetwork(1440, options);
    const mean: QuantizedNetwork = {
      ...one,
      tensors: [
        ...one.tensors,
        { ...one.tensors[1]!, name: "image", shape: [7, 1, 7] },
        { ...one.tensors[1]!, name: "mean", shape: [7] },
      ],
      ...ports(0, 3),
      layers: [
        ...one.layers,
        { kind: "reshape", name: "image", inputs: [1], output: 2 },
        { kind: "mean", name: "mean", inputs: [2], output: 3 },
      ],
    };
    const { network, hop, window } = streamNetwork(mean);
    const sound = soundOf(20 * hop, 5);
    const program = planProgram(network);
    const states = resetStates(program);
    const ofWindow = planProgram(mean);
    for (let run = 0; run < 20; run++) {
      const found = runProgram(program, sound.slice(run * hop, (run + 1) * hop), undefined, states);
      const first = (run + 1) * hop - window;
      if (run < network.fillRuns!) continue;
      expect([run, ...found]).toEqual([run, ...runProgram(ofWindow, sound.slice(first, first + 1440))]);
      expect(new Set(found).size).toBeGreaterThan(3);
    }
    expect([hop, window, network.fillRuns]).toEqual([160, 1440, 8]);
  });
});
