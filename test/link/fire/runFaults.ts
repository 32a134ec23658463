import { setImmediate as turn } from "node:timers/promises";
import { Random } from "../../../src/base/random.js";
import { type Device, openDevice } from "../../../src/link/device.js";
import type { Line } from "../../../src/link/line.js";
import { byteFaults } from "./byteFaults.js";
import { FaultyLine } from "./faultyLine.js";
import { chooseOperation, type Expected, type Judgement, judge, type Outcome } from "./operations.js";
import { PassingTime } from "./passingTime.js";
import { shareLine } from "./sharedLine.js";

/** What came of all injections of one kind of fault. */
export interface FaultRow {
  readonly fault: string;
  injections: number;
  /** Right at the first try; right after repeats. */
  right: number;
  repeated: number;
  /** A clear message; and right again at once when asked anew. */
  errors: number;
  wrong: number;
  hangs: number;
  crashes: number;
  slowestMs: number;
  /** The first of each kind. */
  readonly messages: Set<string>;
}

export interface FireOptions {
  /** Opens a new device that carries the expected network. */
  readonly openEnd: () => Line;
  /** Resets the device behind the end; without it another is opened in its place. */
  readonly restart?: (() => Promise<void>) | undefined;
  readonly expected: Expected;
  readonly injections: number;
  readonly seed: number;
  readonly onProgress?: (row: FaultRow) => void;
}

const TIMES = { timeoutMs: 60, tries: 4 };
/**
 * No operation has more than 4 requests side by side, 3 sequences of 2 layers, or 5 hellos, each of which may wait
 * through all its tries: at most 5 s.
 */
const HANG_MS = 5000;
/** In so many turns of the event loop a few requests are answered, or none. */
const KILLED_WITHIN_TURNS = 50;

/** What came of a fault; all of it must be right, or a clear error. */
interface Injection {
  readonly judgements: readonly Judgement[];
  readonly wasRepeated: boolean;
}

/** Faults of a line's ends, beside those of its bytes. */
type EndFault = (stand: Stand, random: Random) => Promise<Injection>;

interface Stand {
  readonly options: FireOptions;
  readonly time: PassingTime;
  readonly line: FaultyLine;
  device: Device;
}

function openStand(options: FireOptions): Stand {
  const time = new PassingTime();
  const line = new FaultyLine(options.openEnd, time);
  return { options, time, line, device: openHost(line, time) };
}

function openHost(line: Line, { clock }: PassingTime): Device {
  return openDevice(line, { ...TIMES, clock });
}

function ask(stand: Stand, random: Random, device = stand.device): Promise<Judgement> {
  return judge(chooseOperation(random, stand.options.expected), device, stand.time, HANG_MS);
}

/** Asks until something has happened in it. */
async function askUntil(stand: Stand, random: Random, hasHappened: () => boolean): Promise<Injection> {
  const judgements: Judgement[] = [];
  const { retries } = stand.device.statistics;
  while (!hasHappened()) judgements.push(await ask(stand, random));
  return { judgements, wasRepeated: stand.device.statistics.retries > retries };
}

/** Something happens to the device when only a part of the bytes has reached it, or when it answers. */
async function askAmid(stand: Stand, random: Random, happen: () => Promise<void>): Promise<Injection> {
  let happened: Promise<void> | undefined;
  const fault = (bytes: Uint8Array) => {
    const at = random.integer(bytes.length);
    if (isSent) stand.line.writeNow(bytes.slice(0, at));
    happened = happen();
    return isSent ? [{ bytes: bytes.slice(at) }] : [{ bytes: bytes.slice(0, at) }];
  };
  const isSent = random.integer(2) === 0;
  stand.line.arm(isSent ? "sent" : "received", fault, random.integer(3));
  const injection = await askUntil(stand, random, () => happened !== undefined);
  await happened;
  return injection;
}

export const endFaults: Readonly<Record<string, EndFault>> = {
  "the device starts anew": (stand, random) =>
    askAmid(stand, random, stand.options.restart ?? (() => stand.line.exchangeEnd())),
  "the device ends": async (stand, random) => {
    const injection = await askAmid(stand, random, () => stand.line.breakEnd());
    Object.assign(stand, openStand(stand.options));
    return injection;
  },
  "the host killed amid a request, another begins": async (stand, random) => {
    let left = random.integer(1600);
    const killed = openHost(
      {
        name: "the killed one's line",
        bytesPerSecond: stand.line.bytesPerSecond,
        write: (bytes) => {
          stand.line.write(bytes.slice(0, left));
          left -= Math.min(left, bytes.length);
        },
        listen: () => undefined,
        close: async () => undefined,
      },
      stand.time,
    );
    const abandoned = ask(stand, random, killed);
    for (let turns = random.integer(KILLED_WITHIN_TURNS); turns > 0; turns--) await turn();
    await killed.close();
    // Numbered from 1 again, as the killed one.
    stand.device = openHost(stand.line, stand.time);
    const judgement = await ask(stand, random);
    await abandoned;
    return { judgements: [judgement], wasRepeated: stand.device.statistics.retries > 0 };
  },
  "two hosts on one port": async (stand, random) => {
    const hosts = shareLine(stand.line, random).map((line) => openHost(line, stand.time));
    const judgements = await Promise.all(hosts.map((host) => ask(stand, random, host)));
    stand.device = openHost(stand.line, stand.time);
    return { judgements, wasRepeated: hosts.some(({ statistics }) => statistics.retries > 0) };
  },
};

export const faultNames: readonly string[] = [...Object.keys(byteFaults), ...Object.keys(endFaults)];

/** Injects one kind of fault again and again, and asks for something right after each. */
export async function runFault(fault: string, options: FireOptions): Promise<FaultRow> {
  const random = new Random(options.seed);
  const row: FaultRow = {
    ...{
      fault,
      injections: 0,
      right: 0,
      repeated: 0,
      errors: 0,
      wrong: 0,
      hangs: 0,
      crashes: 0,
      slowestMs: 0,
    },
    messages: new Set(),
  };
  let stand = openStand(options);
  await stand.time.during(stand.device.hello());
  while (row.injections < options.injections) {
    const outcome = note(row, await inject(fault, stand, random));
    stand.line.disarm();
    if (outcome === "error" && !(await recovers(stand))) row.hangs++;
    if (outcome === "hang" || outcome === "crash") {
      await stand.line.close();
      stand = openStand(options);
    }
    options.onProgress?.(row);
  }
  await stand.line.close();
  return row;
}

async function inject(fault: string, stand: Stand, random: Random): Promise<Injection> {
  const endFault = endFaults[fault];
  if (endFault !== undefined) return endFault(stand, random);
  const { strikes } = stand.line;
  const direction = random.integer(2) === 0 ? "sent" : "received";
  stand.line.arm(direction, byteFaults[fault]!(random, strikes), random.integer(3));
  return askUntil(stand, random, () => stand.line.strikes > strikes);
}

/** After an error that one fault made, the next thing asked is right, once the line has carried what it held back. */
async function recovers({ line, device, options, time }: Stand): Promise<boolean> {
  await time.during(line.quiet());
  const hello = async () => (await device.hello()).network.hash === options.expected.hash;
  return (await judge(hello, device, time, HANG_MS)).outcome === "right";
}

const worstFirst: readonly Outcome[] = ["wrong", "hang", "crash", "error", "right"];

function note(row: FaultRow, { judgements, wasRepeated }: Injection): Outcome {
  const outcome = worstFirst.find((each) => judgements.some((judgement) => judgement.outcome === each))!;
  row.injections++;
  row.slowestMs = Math.max(row.slowestMs, ...judgements.map(({ ms }) => ms));
  if (outcome === "right") row[wasRepeated ? "repeated" : "right"]++;
  else row[({ error: "errors", wrong: "wrong", hang: "hangs", crash: "crashes" } as const)[outcome]]++;
  for (const { reason } of judgements) if (reason !== undefined) row.messages.add(reason);
  return outcome;
}
