import { averageRows } from "../kernels/averageRows.js";
import { countRows } from "../kernels/countRows.js";
import { pushRow } from "../kernels/pushRow.js";
import { readRows } from "../kernels/readRows.js";
import { bytesOfValues, createActivation } from "../network/elementTypes.js";
import { onlyInput, onlyOutput } from "../network/ports.js";
import type { Program } from "../program/program.js";
import { runProgram } from "../program/runProgram.js";
import { levelsOf, OutputJudge, type PinDecision } from "./pinController.js";
import { PinReader } from "./pinReader.js";
import type { PinPlan } from "./planPins.js";
import type { PlannedWindows } from "./planWindows.js";

/** What a window came to. */
export interface WindowDecision extends PinDecision {
  /** Moments since the start, those of this window too. */
  readonly moment: number;
  /** The mean of the latest outputs, by which it was decided; undefined until there are enough, and nothing is on. */
  readonly average: Int8Array | undefined;
}

/**
 * The firmware's program on the host where a network sees windows: moments go in, and each whole window comes to a
 * decision. The twin of firmware/sampling.c, with the same kernels.
 */
export class WindowController {
  private readonly windows: PlannedWindows;
  private readonly reader: PinReader;
  private readonly judge: OutputJudge;
  private readonly moments: Ring;
  private readonly results: Ring;
  private readonly votes: Ring;
  private moment = 0;

  /** @throws Error when the plan has no windows: `PinController` is for those */
  constructor(
    private readonly plan: PinPlan,
    private readonly program: Program,
  ) {
    const { windows, inputs, outputs } = plan;
    if (windows === undefined) throw new Error("a plan without windows is for a PinController");
    this.windows = windows;
    this.reader = new PinReader(inputs);
    this.judge = new OutputJudge(plan);
    this.moments = new Ring(windows.window, windows.momentBytes, windows.hop);
    this.results = new Ring(windows.average, onlyOutput(program).bytes, 1);
    this.votes = new Ring(windows.of, outputs.length, 1);
  }

  /**
   * @param readings of this moment, one for each input pin: a level, 0 or 1, or what the ADC gives, 0..4095
   * @returns undefined while no window is whole with it
   */
  step(readings: readonly number[]): WindowDecision | undefined {
    const { elementType, bytes } = onlyInput(this.program);
    const values = createActivation(elementType, this.plan.inputs.length);
    values.set(this.reader.read(readings));
    this.moment++;
    if (!this.moments.push(bytesOfValues(values))) return undefined;
    const input = createActivation(elementType, bytes / values.BYTES_PER_ELEMENT);
    this.moments.read(bytesOfValues(input));
    const output = runProgram(this.program, input) as Int8Array; // what planPins expects
    const average = this.averageWith(output);
    const areOn = average === undefined ? this.plan.outputs.map(() => false) : this.vote(average);
    return { moment: this.moment, input, output, average, levels: levelsOf(this.plan.outputs, areOn) };
  }

  private averageWith(output: Int8Array): Int8Array | undefined {
    if (!this.results.push(output)) return undefined;
    const average = new Int8Array(output.length);
    averageRows({ rows: this.windows.average, size: output.length }, this.results.bytes, average);
    return average;
  }

  private vote(average: Int8Array): boolean[] {
    const size = this.plan.outputs.length;
    this.votes.push(Int8Array.from(this.judge.judge(average), Number));
    const areOn = new Int8Array(size);
    countRows({ rows: this.windows.of, size, least: this.windows.wins }, this.votes.bytes, areOn);
    return Array.from(areOn, (isOn) => isOn === 1);
  }
}

/** The latest rows of something. */
class Ring {
  readonly bytes: Int8Array;
  private readonly state: Int16Array;

  constructor(
    readonly rows: number,
    readonly rowBytes: number,
    readonly hop: number,
  ) {
    this.bytes = new Int8Array(rows * rowBytes);
    this.state = Int16Array.of(0, rows);
  }

  /** Is it whole with this row? */
  push(row: Int8Array): boolean {
    pushRow(this, row, this.state, this.bytes);
    return this.state[1] === 0;
  }

  read(output: Int8Array): void {
    readRows(this, this.bytes, this.state, output);
  }
}
