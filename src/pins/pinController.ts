import { onlyInput } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import { runProgram } from "../program/runProgram.js";
import type { PinPlan } from "./planPins.js";
import { chooseClass, type Debounced, debounce, isOnAt, scaleAnalog } from "./signals.js";

/** What one round of reading, inferring and driving came to. */
export interface PinDecision {
  readonly input: ActivationData;
  readonly output: Int8Array;
  /** 0 or 1 on the wire, one for each output pin. */
  readonly levels: readonly number[];
}

/** The firmware's program on the host: what a plan does with readings, round by round. The twin of firmware/control.c. */
export class PinController {
  private readonly switches: (Debounced | undefined)[] = [];
  private areOn: boolean[];
  private presentClass = 0;

  constructor(
    private readonly plan: PinPlan,
    private readonly program: Program,
  ) {
    this.areOn = plan.outputs.map(() => false);
  }

  /** @param readings one for each input pin: a level, 0 or 1, or what the ADC gives, 0..4095 */
  step(readings: readonly number[]): PinDecision {
    const { inputs, outputs, classHysteresis } = this.plan;
    const values = inputs.map((input, index) => {
      const reading = readings[index]!;
      if (input.kind === "analog") return scaleAnalog(reading, input.scale);
      this.switches[index] ??= { level: reading, changedReadings: 0 };
      const level = debounce(this.switches[index], reading, input.steadyReadings);
      return (level === 1) !== input.isActiveLow ? input.on : input.off;
    });
    const input =
      onlyInput(this.program).elementType === "int16" ? Int16Array.from(values) : Int8Array.from(values);
    const output = runProgram(this.program, input);
    this.presentClass = chooseClass(this.presentClass, output, classHysteresis);
    this.areOn = outputs.map((pin, index) =>
      pin.kind === "class"
        ? pin.element === this.presentClass
        : isOnAt(this.areOn[index]!, output[pin.element]!, pin.onFrom, pin.offBelow),
    );
    const levels = outputs.map((pin, index) => (this.areOn[index] !== pin.isActiveLow ? 1 : 0));
    return { input, output, levels };
  }
}
