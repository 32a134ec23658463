import type { Clock } from "../base/clock.js";
import { UserError } from "../base/errors.js";
import type { Device } from "../link/device.js";
import type { Hello } from "../link/messages.js";
import { monitorDevice } from "../link/monitorDevice.js";
import type { SensorSource } from "../link/recordSensor.js";
import type { SensorRow } from "../link/sensorLines.js";
import { expectOnePort, onePortHint, onlyInput } from "../network/ports.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";

export interface InputSourceOptions {
  readonly device: Device;
  readonly hello: Hello;
  /** Names of the inputs; default x0, x1, … */
  readonly columns?: readonly string[] | undefined;
  readonly intervalMs: number;
  readonly clock: Clock;
}

/**
 * A row is what a network takes at once: of windows that would be rows of many moments each, and the moments in several.
 *
 * @throws UserError when the device's network sees windows of what its pins read
 */
export async function expectRows(device: Device): Promise<void> {
  const windows = await device.describeWindows();
  if (windows === undefined) return;
  throw new UserError(
    `the network on ${device.name} takes windows of ${windows.window} moments: they are no rows of a recording`,
    "record with firmware of a network that takes one moment, or the lines of a firmware that prints them",
  );
}

/** The inputs of a board that infers on its own, as real values: those that were looked at in time, from its first inference after the recording began. */
export class InputSource implements SensorSource {
  readonly rows: SensorRow[] = [];
  readonly names: readonly string[];
  readonly badLines = 0;
  readonly latestBad = undefined;

  /** @throws UserError when there are not as many columns as inputs */
  constructor(private readonly options: InputSourceOptions) {
    const { columns, hello } = options;
    const { name } = hello.network;
    expectOnePort(hello.network, "a recording of what a board infers", onePortHint);
    const input = onlyInput(hello.network);
    const size = input.shape.reduce((product, length) => product * length, 1);
    if (columns !== undefined && columns.length !== size) {
      throw new UserError(
        `--columns names ${columns.length}; network "${name}" has ${size} inputs`,
        "name each input, or leave out --columns",
      );
    }
    this.names = columns ?? Array.from({ length: size }, (_, i) => `x${i}`);
  }

  get heard(): number {
    return this.rows.length;
  }

  async run(signal: AbortSignal, onChange: () => void): Promise<void> {
    const { clock, device, hello } = this.options;
    // what was inferred before is no row: of pins that rest it may be hours old, or of another program
    let stale = (await device.latest(hello.network))?.count;
    for await (const event of monitorDevice({ ...this.options, signal })) {
      if (event.event !== "inference") continue;
      const isStale = event.count === stale;
      stale = undefined; // a board that starts anew counts so far again
      if (isStale) continue;
      const cells = [...dequantizeTensor(event.input, onlyInput(hello.network))].map((value) =>
        String(Number(value.toPrecision(9))),
      );
      this.rows.push({ cells, milliseconds: clock.now() });
      onChange();
    }
  }

  explainNothing(milliseconds: number): UserError {
    const { device, hello } = this.options;
    return new UserError(
      `network "${hello.network.name}" on ${device.name} made no inference in ${milliseconds} ms`,
      "export the firmware with a pin map: --inputs records what it reads from its own pins",
    );
  }
}
