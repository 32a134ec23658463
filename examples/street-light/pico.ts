import { defineExperiment } from "pinfer";
import streetLight from "./experiment.js";

/** The street light on a Raspberry Pi Pico: lamps on GP14, GP15 and GP16 to 3.3 V, the board's LED is lit for walk. */
export default defineExperiment({
  ...streetLight,
  pins: {
    inputs: [
      { pin: "GP14", pull: "down" },
      { pin: "GP15", pull: "down" },
      { pin: "GP16", pull: "down" },
    ],
    outputs: [{ pin: "LED", threshold: 0.5 }],
    timing: "GP17",
  },
});
