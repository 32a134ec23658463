import { audioOutput, frameCount } from "../../src/network/audioFrontEnd.js";
import type { QuantizedNetwork } from "../../src/network/quantizedNetwork.js";
import { createAudioFrontEnd } from "../../src/signal/audioFrontEnd.js";
import { type AudioOptions, audioParameters } from "../../src/signal/audioOptions.js";
import { ports } from "./ports.js";

/** int16 [samples] → int8 [frames, channels]: nothing but a front-end. */
export function audioNetwork(samples: number, options: AudioOptions = {}): QuantizedNetwork {
  const frontEnd = createAudioFrontEnd(audioParameters(options));
  const shape = [frameCount(frontEnd, samples), frontEnd.channels];
  return {
    name: "audio",
    tensors: [
      { name: "input", shape: [samples], elementType: "int16", quantization: { scale: 1, zeroPoint: 0 } },
      { name: "output", shape, elementType: "int8", quantization: audioOutput },
    ],
    ...ports(0, 1),
    layers: [{ kind: "audioFeatures", name: "features", inputs: [0], output: 1, frontEnd }],
  };
}

/** A tone that rises and falls over noise, and the ends of int16 by turns. */
export function soundOf(samples: number, seed: number): Int16Array {
  if (seed === 0) return Int16Array.from({ length: samples }, (_, i) => (i % 7 < 3 ? -32768 : 32767));
  return Int16Array.from({ length: samples }, (_, i) => {
    const noise = Math.imul(i + seed, 2654435761) >> 20;
    return Math.round(12000 * Math.sin(i * 0.02 * seed) * Math.sin(i / samples)) + noise;
  });
}
