import { importTflite } from "../../src/import/importTflite.js";
import type { Port, QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { buildTflite, ModelBuilder, type ModelSpec } from "../import/buildTflite.js";

/**
 * sum = left + right, product = left · relu(sum), three values each of scale 0.5 and zero point 3: an input that is read at
 * the end, and an output in the middle.
 */
export function severalPortsSpec(names = ["left", "right", "sum", "product"]): ModelSpec {
  const model = new ModelBuilder();
  const [left, right, sum, product] = names.map((name) =>
    model.tensor({ name, shape: [1, 3], scales: [0.5], zeroPoints: [3] }),
  ) as [number, number, number, number];
  const rectified = model.activation([1, 3]);
  const fused = { options: [[0, "int8", 0]] } as const;
  model.add({ type: "ADD", version: 2, inputs: [left, right], outputs: [sum], optionsType: 11, ...fused });
  model.add({ type: "RELU", version: 2, inputs: [sum], outputs: [rectified] });
  const inputs = [left, rectified];
  model.add({ type: "MUL", version: 2, inputs, outputs: [product], optionsType: 21, ...fused });
  return { ...model.spec(), inputs: [left, right], outputs: [sum, product] };
}

export function severalPorts(names?: readonly string[]): QuantizedNetwork {
  const file = buildTflite(severalPortsSpec(names && [...names]));
  return importTflite(file, "several.tflite", "several").network;
}

/** left, right → sum, product, each with the values of three by three: real (q − 3) / 2, so sum q = l + r − 3. */
export const severalSamples: readonly { readonly input: Int8Array; readonly output: Int8Array }[] = [
  // (0, 1, −1) + (0, 2, −6) = (0, 3, −7); (0, 1, −1) · (0, 3, 0) = (0, 3, 0)
  { input: Int8Array.of(3, 5, 1, 3, 7, -9), output: Int8Array.of(3, 9, -11, 3, 9, 3) },
  // (2, −2, 0) + (1, 3, 48.5) = (3, 1, 48.5); (2, −2, 0) · (3, 1, 48.5) = (6, −2, 0)
  { input: Int8Array.of(7, -1, 3, 5, 9, 100), output: Int8Array.of(9, 5, 100, 15, -1, 3) },
];

/**
 * A network in which what one of its layers makes is an input, and what two others make are outputs besides its own.
 *
 * @param choose three numbers of any size
 */
export function withMorePorts(
  network: QuantizedNetwork,
  [cut, first, second]: readonly [number, number, number],
): QuantizedNetwork {
  const { layers, inputs, outputs } = network;
  const isGiven = (tensor: number) => outputs.some((port) => port.tensor === tensor);
  const inner = layers.map(({ output }) => output).filter((tensor) => !isGiven(tensor));
  const port = (tensor: number, name: string): Port => ({ tensor, name, border: "int8" });
  if (inner.length === 0) return network;
  const [taken, ...given] = [cut, first, second].map((number) => inner[number % inner.length]!);
  const more = [...new Set(given)].filter((tensor) => tensor !== taken);
  return {
    ...network,
    inputs: [port(taken!, "cut"), ...inputs],
    outputs: [...more.map((tensor, index) => port(tensor, `inner_${index}`)), ...outputs],
    layers: layers.filter(({ output }) => output !== taken),
  };
}
