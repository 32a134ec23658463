import type { PlannedInput } from "./planPins.js";
import { type Debounced, debounce, scaleAnalog } from "./signals.js";

/** Makes values of the network's input from what pins read, moment by moment. The twin of firmware/control.c. */
export class PinReader {
  private readonly switches: (Debounced | undefined)[] = [];

  constructor(private readonly inputs: readonly PlannedInput[]) {}

  /** @param readings one for each input pin: a level, 0 or 1, or what the ADC gives, 0..4095 */
  read(readings: readonly number[]): number[] {
    return this.inputs.map((input, index) => {
      const reading = readings[index]!;
      if (input.kind === "analog") return scaleAnalog(reading, input.scale);
      this.switches[index] ??= { level: reading, changedReadings: 0 };
      const level = debounce(this.switches[index], reading, input.steadyReadings);
      return (level === 1) !== input.isActiveLow ? input.on : input.off;
    });
  }
}
