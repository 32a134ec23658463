import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { networkHash } from "../../src/network/networkHash.js";
import { onePortHint, onlyInput, onlyOutput } from "../../src/network/ports.js";
import { isSameQuantization, quantizationOf, quantizationsOf } from "../../src/network/quantization.js";
import type { Port, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { quantized as smallNetwork } from "../support/smallModel.js";

const port = (tensor: number, name: string): Port => ({ tensor, name, border: "float32" });

const [rawInput, ...otherTensors] = smallNetwork.tensors;
const withInt16 = [{ ...rawInput!, elementType: "int16" as const }, ...otherTensors];

describe("planProgram of what the types say and nothing runs yet", () => {
  it.each<[string, Partial<QuantizedNetwork>]>([
    [
      "two inputs that are one tensor; this pinfer runs networks with a tensor for each",
      { inputs: [port(0, "a"), port(0, "b")] },
    ],
    [
      "inputs of equal names; this pinfer runs networks with a name for each",
      { inputs: [port(0, "a"), port(1, "a")] },
    ],
    [
      "inputs of int16 and int8; this pinfer runs networks with inputs of one element type",
      { inputs: [port(0, "a"), port(1, "b")], tensors: withInt16 },
    ],
    [
      "outputs of int16 and int8; this pinfer runs networks with outputs of one element type",
      { inputs: [port(0, "a")], outputs: [port(0, "a"), port(1, "b")], tensors: withInt16 },
    ],
    [
      "inputs of int32; this pinfer runs networks with inputs of int8 or int16",
      { inputs: [port(0, "a")], tensors: [{ ...rawInput!, elementType: "int32" }, ...otherTensors] },
    ],
    ["0 outputs; this pinfer runs networks with 1 to 255", { outputs: [] }],
  ])("says that the network has %s", (what, change) => {
    expect(() => planProgram({ ...smallNetwork, ...change })).toThrow(
      `network "${smallNetwork.name}" has ${what}`,
    );
  });
});

describe("planProgram of a tensor that has more than one scale and an int8 zero point", () => {
  const [input, scores, output] = smallNetwork.tensors;
  const far = { scale: 0.5, zeroPoint: -1000 };

  it.each<[string, QuantizedNetwork["tensors"]]>([
    [
      'tensor "input" has 2 scales; only an int16 input, or its statistics, have one for each column',
      [{ ...input!, quantization: [far, far] }, scores!, output!],
    ],
    [
      'tensor "scores" has 2 scales; only an int16 input, or its statistics, have one for each column',
      [input!, { ...scores!, elementType: "int16", quantization: [far, far] }, output!],
    ],
    [
      'tensor "input" has 2 scales; it has 3 columns',
      [{ ...input!, elementType: "int16", quantization: [far, far] }, scores!, output!],
    ],
    [
      'tensor "scores" has zero point -1000; -128 to 127 is expected, but of what a last fully connected layer or trees give',
      [input!, { ...scores!, quantization: far }, output!],
    ],
    [
      'tensor "output" has zero point -1000; -128 to 127 is expected, but of what a last fully connected layer or trees give',
      [input!, scores!, { ...output!, quantization: far }],
    ],
  ])("says that %s", (message, tensors) => {
    expect(() => planProgram({ ...smallNetwork, tensors })).toThrow(`network "small": ${message}`);
  });
});

describe("onlyInput and onlyOutput", () => {
  it("give the one there is", () => {
    expect(onlyInput({ inputs: [7] })).toBe(7);
    expect(onlyOutput({ outputs: ["y"] })).toBe("y");
  });

  it("say that there are more, and what goes with several", () => {
    expect(() => onlyInput({ inputs: [7, 8] })).toThrow(
      new UserError("the network has 2 inputs; this part of pinfer is for networks with one", onePortHint),
    );
  });
});

describe("quantizationOf", () => {
  const [first, second] = [
    { scale: 1, zeroPoint: 0 },
    { scale: 0.5, zeroPoint: -3 },
  ];
  const columns = { quantization: [first, second] };

  it("gives the one that holds for all, whatever element is asked for", () => {
    expect([quantizationOf({ quantization: second }), quantizationOf({ quantization: second }, 17)]).toEqual([
      second,
      second,
    ]);
  });

  it("gives an element's column's, rows lying behind each other", () => {
    expect([0, 1, 2, 5].map((element) => quantizationOf(columns, element))).toEqual([
      first,
      second,
      first,
      second,
    ]);
  });

  it("gives no single one where columns have their own", () => {
    expect(() => quantizationOf(columns)).toThrow("each column has a quantization of its own");
    expect(quantizationsOf(columns)).toEqual([first, second]);
    expect(isSameQuantization(columns, { quantization: first })).toBe(false);
  });
});

describe("networkHash", () => {
  it("is that of what the device computes: names, borders and labels of ports are not in it", () => {
    const named: QuantizedNetwork = {
      ...smallNetwork,
      inputs: [{ ...onlyInput(smallNetwork), name: "sensor", border: "int8", labels: ["a", "b"] }],
    };
    expect(networkHash(named)).toBe(networkHash(smallNetwork));
  });

  it("tells networks of several outputs and of states apart", () => {
    const several = { ...smallNetwork, outputs: [...smallNetwork.outputs, port(0, "in")] };
    const kept = { ...smallNetwork, states: [{ tensor: 0, reset: 0 }] };
    expect(new Set([smallNetwork, several, kept].map(networkHash)).size).toBe(3);
  });
});
