import { createActivation } from "../network/elementTypes.js";
import { onlyInput } from "../network/ports.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Program } from "../program/program.js";
import { runProgram } from "../program/runProgram.js";
import { PinReader } from "./pinReader.js";
import type { PinPlan, PlannedOutput } from "./planPins.js";
import { chooseClass, isOnAt } from "./signals.js";

/** What one round of reading, inferring and driving came to. */
export interface PinDecision {
  readonly input: ActivationData;
  readonly output: Int8Array;
  /** 0 or 1 on the wire, one for each output pin. */
  readonly levels: readonly number[];
}

/** The firmware's program on the host: what a plan does with readings, round by round. The twin of firmware/control.c. */
export class PinController {
  private readonly reader: PinReader;
  private readonly judge: OutputJudge;

  /** @param plan without windows: `WindowController` has them */
  constructor(
    plan: PinPlan,
    private readonly program: Program,
  ) {
    if (plan.windows !== undefined) throw new Error("a plan with windows is for a WindowController");
    this.reader = new PinReader(plan.inputs);
    this.judge = new OutputJudge(plan);
  }

  /** @param readings one for each input pin: a level, 0 or 1, or what the ADC gives, 0..4095 */
  step(readings: readonly number[]): PinDecision {
    const values = this.reader.read(readings);
    const input = createActivation(onlyInput(this.program).elementType, values.length);
    input.set(values);
    const output = runProgram(this.program, input) as Int8Array; // what planPins expects
    return { input, output, levels: levelsOf(this.judge.plan.outputs, this.judge.judge(output)) };
  }
}

/** Which outputs are on, result by result: by the largest, by thresholds with hysteresis. */
export class OutputJudge {
  private areOn: readonly boolean[];
  private presentClass = 0;

  constructor(readonly plan: PinPlan) {
    this.areOn = plan.outputs.map(() => false);
  }

  judge(values: Int8Array): readonly boolean[] {
    const { outputs, classHysteresis } = this.plan;
    this.presentClass = chooseClass(this.presentClass, values, classHysteresis);
    this.areOn = outputs.map((pin, index) =>
      pin.kind === "class"
        ? pin.element === this.presentClass
        : isOnAt(this.areOn[index]!, values[pin.element]!, pin.onFrom, pin.offBelow),
    );
    return this.areOn;
  }
}

/** What stands on the wire, one level for each output pin. */
export function levelsOf(outputs: readonly PlannedOutput[], areOn: readonly boolean[]): number[] {
  return outputs.map(({ isActiveLow }, index) => (areOn[index] !== isActiveLow ? 1 : 0));
}
