import { describe, expect, it } from "vitest";
import type {
  Pair,
  QuantizedDepthwiseConvolution,
  QuantizedNetwork,
  QuantizedTensor,
} from "../../src/network/quantizedNetwork.js";
import { samePadding, windowOutput } from "../../src/network/windowGeometry.js";
import { orderCandidates } from "../../src/plan/chooseKernels.js";
import { layOutPlane } from "../../src/plan/depthwisePlane.js";
import { chooseStrips } from "../../src/plan/depthwiseStrips.js";
import type { Candidates, KernelChoice } from "../../src/plan/kernelChoice.js";
import { planDepthwiseConvolution } from "../../src/plan/planDepthwiseConvolution.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { axisWindows, windowArguments } from "../../src/plan/windowArguments.js";
import type { Optimize } from "../../src/program/program.js";
import { anyTarget, findTarget } from "../../src/program/target.js";
import { context } from "../support/layerContext.js";
import { ports } from "../support/ports.js";

interface Shape {
  readonly size: Pair;
  readonly channels: number;
  readonly kernelSize?: Pair;
  readonly stride?: number;
  readonly isPadded?: boolean;
  readonly multiplier?: number;
  /** input scale · weight scale / output scale */
  readonly factor?: number;
}

const none = { top: 0, bottom: 0, left: 0, right: 0 };

function tensor(name: string, shape: readonly number[], zeroPoint = -128): QuantizedTensor {
  return { name, shape, elementType: "int8", quantization: { scale: 1, zeroPoint } };
}

function depthwise({ size, channels, ...rest }: Shape): {
  layer: QuantizedDepthwiseConvolution;
  input: QuantizedTensor;
  output: QuantizedTensor;
} {
  const { kernelSize = [3, 3], stride = 1, isPadded = true, multiplier = 1, factor = 2 ** -9 } = rest;
  const strides: Pair = [stride, stride];
  const padding = isPadded ? samePadding(size, kernelSize, strides) : none;
  const outChannels = channels * multiplier;
  return {
    layer: {
      ...{ kind: "depthwiseConvolution", name: "depthwise", inputs: [0], output: 1 },
      ...{ kernelSize, strides, padding, dilations: [1, 1] },
      weights: new Int8Array(kernelSize[0] * kernelSize[1] * outChannels).fill(1),
      weightScales: new Array<number>(outChannels).fill(factor),
      bias: new Int32Array(outChannels),
      ...{ activationMin: -128, activationMax: 127 },
    },
    input: tensor("input", [...size, channels]),
    output: tensor("output", [...windowOutput(size, { kernelSize, strides, padding }), outChannels]),
  };
}

/** What can run a layer, the best first. */
function candidatesOf(shape: Shape, target = anyTarget): Candidates {
  const { layer, input, output } = depthwise(shape);
  const around = { ...context(input, output), target };
  return orderCandidates([{ layer, candidates: planDepthwiseConvolution(layer, around) }], around)[0]
    .candidates;
}

function choose(shape: Shape): KernelChoice {
  return candidatesOf(shape)[0];
}

/** Its kernels, the best first, in the best shape of each: name, values of scratch, and where the output may lie. */
const kernelsOf = (shape: Shape) => {
  const all = candidatesOf(shape).map((choice) => {
    const { scratch = [], inPlace, overlaps } = choice;
    const place = inPlace ? "in place" : overlaps ? "overlapping" : "apart";
    return [kernelOf(choice), scratch.reduce((sum, { elements }) => sum + elements, 0), place];
  });
  return all.filter((one, i) => all.findIndex((other) => String(other) === String(one)) === i);
};

/** Its name, and whether it has a plane. */
const kernelOf = ({ kernel, layer }: Pick<KernelChoice, "kernel" | "layer">) =>
  layer.hasPlane ? `${kernel} of a plane` : kernel;

describe("planDepthwiseConvolution", () => {
  const padded: Shape = { size: [25, 5], channels: 64 };
  const tall: Shape = { size: [24, 1], channels: 128, kernelSize: [10, 1], isPadded: false };

  it("takes a plane of four channels; leaner are one of a channel, and the reference without any", () => {
    // rows of 5 with 1 between them: 1 + 6 · 27 values
    expect(kernelsOf(padded)).toEqual([
      ["depthwiseStrips of a plane", 4 * 163, "in place"],
      ["depthwiseStrips of a plane", 163, "in place"],
      ["depthwiseConvolution", 0, "overlapping"],
    ]);
  });

  it("reads windows without padding from the input, and shares its memory where strips do not overlap", () => {
    // 15 rows in strips of 5
    expect(kernelsOf(tall)[0]).toEqual(["depthwiseStrips", 0, "in place"]);
    // 11 rows in two strips of 6: the second would read a row that the first has written
    const overlapping = choose({ ...tall, size: [20, 1] });
    expect([overlapping.layer.strip, overlapping.layer.strips]).toEqual([6, 2]);
    // 11 strips of one column take longer than a plane
    expect(kernelsOf({ ...tall, size: [1, 20], kernelSize: [1, 10] })).toEqual([
      ["depthwiseStrips", 0, "apart"],
      ["depthwiseStrips of a plane", 80, "in place"],
      ["depthwiseStrips of a plane", 20, "in place"],
      ["depthwiseStrips", 0, "in place"],
      ["depthwiseConvolution", 0, "overlapping"],
    ]);
    // 5 columns of outputs: a row's outputs lie where the next row's values are
    expect(kernelsOf({ size: [7, 7], channels: 4, isPadded: false })).toEqual([
      ["depthwiseStrips", 0, "apart"],
      ["depthwiseStrips of a plane", 196, "in place"],
      ["depthwiseStrips of a plane", 49, "in place"],
      ["depthwiseConvolution", 0, "overlapping"],
    ]);
  });

  it("keeps the input's memory where there are more output channels than input channels", () => {
    expect(kernelsOf({ ...padded, multiplier: 2 })[0]).toEqual(["depthwiseStrips of a plane", 163, "apart"]);
  });

  it("takes the reference where a factor is over 1/4, or below 2^-23", () => {
    const factors = [2 ** -2, 2 ** -1.9, 2 ** -23.9, 2 ** -24.1, 1.5];
    expect(factors.map((factor) => kernelOf(choose({ ...padded, factor })))).toEqual([
      "depthwiseConvolution",
      "depthwiseConvolution",
      "depthwiseStrips of a plane",
      "depthwiseConvolution",
      "depthwiseConvolution",
    ]);
    expect(kernelOf(choose({ ...padded, factor: 2 ** -2.1 }))).toBe("depthwiseStrips of a plane");
  });

  it("takes two taps at a time with packed arithmetic where that is faster, with plain C's kernels as leaner ones", () => {
    const paired = (shape: Shape) => [...new Set(candidatesOf(shape, findTarget("cortex-m4")).map(kernelOf))];
    const strips = "depthwiseStrips of a plane";
    expect(paired(padded)).toEqual(["depthwisePairs", strips, "depthwiseConvolution"]);
    expect(paired({ ...padded, stride: 2 })[0]).toBe("depthwisePairs");
    expect(paired(tall)[0]).toBe("depthwisePairs");
    // nothing to pair in a window of one value, and several channels of outputs for one of inputs
    expect(paired({ ...padded, kernelSize: [1, 1] })[0]).toBe("depthwiseStrips");
    expect(paired({ ...padded, multiplier: 2 })[0]).toBe(strips);
  });

  it("rounds once only where the clamp cuts off what is negative", () => {
    const rectified = (activationMin: number) => {
      const { layer, input, output } = depthwise(padded);
      const shifted = { ...output, quantization: { scale: 1, zeroPoint: -20 } };
      const choices = planDepthwiseConvolution({ ...layer, activationMin }, context(input, shifted));
      return choices.find(({ kernel }) => kernel === "depthwiseStrips")!.layer.isRectified;
    };
    expect([rectified(-128), rectified(-21), rectified(-20), rectified(5)]).toEqual([0, 0, 1, 1]);
  });

  it("shares one function for size where a network has several shapes", () => {
    const network = (sizes: readonly Pair[]): QuantizedNetwork => {
      const layers = sizes.map((size) =>
        depthwise({ size, channels: 2, kernelSize: [2, 2], isPadded: false }),
      );
      return {
        ...{ name: "net", ...ports(0, sizes.length) },
        tensors: [layers[0].input, ...layers.map(({ output }, i) => ({ ...output, name: `tensor ${i}` }))],
        layers: layers.map(({ layer }, i) => ({ ...layer, name: `layer ${i}`, inputs: [i], output: i + 1 })),
      };
    };
    const planned = (sizes: readonly Pair[], optimize: Optimize) =>
      planProgram(network(sizes), { optimize, passes: false }).calls.map(kernelOf);
    const several: Pair[] = [
      [6, 6],
      [5, 5],
    ];
    expect(planned(several, "size")).toEqual(["depthwiseShared", "depthwiseShared"]);
    expect(planned(several, "speed")).toEqual(["depthwiseStrips", "depthwiseStrips"]);
    expect(planned([[6, 6]], "size")).toEqual(["depthwiseStrips"]);
  });
});

const axes = (shape: Shape) => {
  const { layer, input, output } = depthwise(shape);
  return axisWindows(windowArguments(layer, input, output), layer.dilations);
};

describe("chooseStrips", () => {
  it("lays strips along the axis they divide", () => {
    expect(chooseStrips(...axes({ size: [25, 5], channels: 1 }))).toEqual({
      ...{ isVertical: false, length: 5, count: 5 / 5 },
    });
    expect(chooseStrips(...axes({ size: [12, 5], channels: 1 }))).toEqual({
      ...{ isVertical: true, length: 6, count: 2 },
    });
  });

  it("lets the last strip overlap the one before it", () => {
    const eleven = axes({ size: [11, 1], channels: 1, kernelSize: [1, 1], isPadded: false });
    expect(chooseStrips(...eleven)).toEqual({ isVertical: true, length: 6, count: 2 });
  });
});

describe("layOutPlane", () => {
  it("puts the larger of both paddings between two rows", () => {
    // 48 columns at stride 2: none before, one behind; 48 rows of 49 and one row more, whose window ends at column 48
    expect(layOutPlane(...axes({ size: [48, 48], channels: 16, stride: 2 }), 1)).toEqual({
      ...{ width: 49, start: 0, gap: 1, size: 49 * 49 },
    });
    expect(layOutPlane(...axes({ size: [3, 3], channels: 4 }), 4)).toEqual({
      ...{ width: 16, start: 20, gap: 4, size: 4 * (4 * 4 + 5) },
    });
  });
});
