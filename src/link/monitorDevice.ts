import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../base/errors.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import type { Device } from "./device.js";
import type { Hello } from "./messages.js";

/** One inference that the device made. */
export interface InferenceEvent {
  readonly event: "inference";
  /** Since the monitor began. */
  readonly seconds: number;
  /** Inferences since the device's reset, as it counts them; those of this monitor where it asks for them. */
  readonly count: number;
  /** Inferences between the one shown before and this one. */
  readonly missed: number;
  readonly input: ActivationData;
  readonly output: ActivationData;
  readonly ticks: number;
}

/** Something went wrong on the link since the last look: how often, each. */
export interface LinkEvent {
  readonly event: "link";
  readonly seconds: number;
  readonly errors: LinkErrors;
  /** What a request was given up with, or what the device did. */
  readonly message?: string;
}

export type MonitorEvent = InferenceEvent | LinkEvent;

export interface LinkErrors {
  /** Requests sent again. */
  readonly repeats: number;
  /** Requests given up. */
  readonly lost: number;
  /** Frames that came broken, here and at the device. */
  readonly brokenFrames: number;
  readonly brokenAtDevice: number;
  /** Bytes the device had no time to take. */
  readonly overruns: number;
}

export const noErrors: LinkErrors = { repeats: 0, lost: 0, brokenFrames: 0, brokenAtDevice: 0, overruns: 0 };

export interface MonitorOptions {
  readonly device: Device;
  readonly hello: Hello;
  /** Gives the input to infer; without it the device is watched, which infers on its own. */
  readonly nextInput?: () => ActivationData;
  /** From an inference, or a look at the device, to the next. */
  readonly intervalMs: number;
  /** Inferences to show; default: until it is stopped. */
  readonly count?: number;
  readonly signal: AbortSignal;
  readonly now?: () => number;
}

/** How often the device is asked for its own counts of errors. */
const HELLO_INTERVAL_MS = 1000;
/** Requests given up in a row, after which the device is. */
const MAX_FAILURES = 3;

/**
 * What a device infers and what goes wrong on the link, as it happens.
 *
 * @throws what the device threw when requests were given up three times in a row
 */
export async function* monitorDevice(options: MonitorOptions): AsyncGenerator<MonitorEvent> {
  const {
    device,
    intervalMs,
    count = Number.POSITIVE_INFINITY,
    signal,
    now = () => performance.now(),
  } = options;
  const start = now();
  const seconds = (): number => (now() - start) / 1000;
  const errors = new ErrorCounter(device, options.hello);
  const watcher = options.nextInput === undefined ? new Watcher(options) : undefined;
  let helloAt = start;
  let shown = 0;
  let failures = 0;
  while (!signal.aborted && shown < count) {
    let message: string | undefined;
    try {
      const inference = await (watcher?.look() ?? drive(options, shown + 1));
      message = watcher?.takeNews();
      if (inference !== undefined) {
        shown++;
        yield { event: "inference", seconds: seconds(), ...inference };
      }
      if (now() - helloAt >= HELLO_INTERVAL_MS) {
        errors.takeHello(await device.hello());
        helloAt = now();
      }
      failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      if (!(error instanceof UserError) || failures === MAX_FAILURES) throw error;
      errors.lost++;
      message = error.message;
    }
    const found = errors.take();
    if (found !== undefined || message !== undefined) {
      yield { event: "link", seconds: seconds(), errors: found ?? noErrors, ...(message && { message }) };
    }
    if (shown < count) await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

type Inference = Omit<InferenceEvent, "event" | "seconds">;

async function drive({ device, nextInput }: MonitorOptions, count: number): Promise<Inference> {
  const input = nextInput!();
  const { ticks, output } = await device.run(input);
  return { count, missed: 0, input, ticks, output };
}

/** Looks at the latest inference of a device that infers on its own. */
class Watcher {
  private before: number | undefined;
  private news: string | undefined;

  constructor(private readonly options: MonitorOptions) {}

  /** @returns undefined when it is the one that was seen */
  async look(): Promise<Inference | undefined> {
    const { device, hello } = this.options;
    const latest = await device.latest(hello.network);
    const count = latest?.count ?? 0;
    const before = this.before;
    this.before = count;
    if (before !== undefined && count < before) {
      const health = await device.health();
      const why = health === undefined || health.resetReason === "unknown" ? "" : `: ${health.resetReason}`;
      this.news = `the board has started anew${why}`;
    }
    if (latest === undefined || count === before) return undefined;
    const missed = before === undefined ? 0 : count - (count < before ? 0 : before) - 1;
    return { ...latest, missed };
  }

  takeNews(): string | undefined {
    const { news } = this;
    this.news = undefined;
    return news;
  }
}

/** What was counted since it was last taken. */
class ErrorCounter {
  lost = 0;
  private before = noErrors;
  private brokenAtDevice: number;
  private overruns: number;
  /** What the device had counted before the monitor, or before it started anew. */
  private deviceBefore: Hello;
  private readonly statisticsBefore;

  constructor(
    private readonly device: Device,
    hello: Hello,
  ) {
    this.statisticsBefore = device.statistics;
    this.deviceBefore = hello;
    this.brokenAtDevice = 0;
    this.overruns = 0;
  }

  takeHello(hello: Hello): void {
    const since = (now: number, before: number): number => (now < before ? now : now - before);
    this.brokenAtDevice += since(hello.brokenFrames, this.deviceBefore.brokenFrames);
    this.overruns += since(hello.receiveOverruns, this.deviceBefore.receiveOverruns);
    this.deviceBefore = hello;
  }

  /** @returns undefined when nothing went wrong */
  take(): LinkErrors | undefined {
    const { retries, brokenFrames } = this.device.statistics;
    const { lost, brokenAtDevice, overruns, before } = this;
    const all: LinkErrors = {
      repeats: retries - this.statisticsBefore.retries,
      lost,
      brokenFrames: brokenFrames - this.statisticsBefore.brokenFrames,
      brokenAtDevice,
      overruns,
    };
    this.before = all;
    const found = addErrors(all, before, -1);
    return Object.values(found).some((count) => count > 0) ? found : undefined;
  }
}

export function addErrors(a: LinkErrors, b: LinkErrors, sign = 1): LinkErrors {
  return {
    repeats: a.repeats + sign * b.repeats,
    lost: a.lost + sign * b.lost,
    brokenFrames: a.brokenFrames + sign * b.brokenFrames,
    brokenAtDevice: a.brokenAtDevice + sign * b.brokenAtDevice,
    overruns: a.overruns + sign * b.overruns,
  };
}
