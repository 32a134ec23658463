import type { AudioFrontEnd } from "./audioFrontEnd.js";
import type { LayerBase } from "./quantizedStateLayers.js";

/**
 * Features of a clip's int16 samples, [samples] → [frames, channels]; output scale 26/255, zero point −128.
 *
 * Source: TensorFlow microfrontend; ESPHome micro_wake_word for the int8.
 */
export interface QuantizedAudioFeatures extends LayerBase {
  readonly kind: "audioFeatures";
  readonly frontEnd: AudioFrontEnd;
}

/**
 * Features of a sound as it goes on: [int16 samples, state] → state, int8. The state has the newest features in front, then
 * what the next run needs; `audioState` (src/network/audioFrontEnd.ts) tells what lies where. Output scale 26/255, zero point −128.
 *
 * Source: TensorFlow microfrontend; ESPHome micro_wake_word for the int8.
 */
export interface QuantizedAudioStream extends LayerBase {
  readonly kind: "audioStream";
  readonly frontEnd: AudioFrontEnd;
}

/** Layers that make features of sound. */
export type QuantizedAudioLayer = QuantizedAudioFeatures | QuantizedAudioStream;
