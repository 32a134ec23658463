import { crc32 } from "node:zlib";
import { UserError } from "../../../src/base/errors.js";
import type { Random } from "../../../src/base/random.js";
import { encodeDescription } from "../../../src/link/description.js";
import type { Device } from "../../../src/link/device.js";
import { runLayers } from "../../../src/link/runLayers.js";
import { bytesOfValues } from "../../../src/network/elementTypes.js";
import type { ActivationData } from "../../../src/network/quantizedNetwork.js";
import type { PassingTime } from "./passingTime.js";

/** What the network that every device under fire carries computes. */
export interface Expected {
  run(input: Int8Array): Int8Array;
  invert(input: Int8Array): Int8Array;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly hash: string;
}

/** Something a host asks; tells whether all it got was right. */
export type Operation = (device: Device) => Promise<boolean>;

const isEqual = (a: ActivationData | undefined, b: Int8Array): boolean =>
  a !== undefined && Buffer.compare(Buffer.from(bytesOfValues(a)), Buffer.from(b)) === 0;

function randomInput(random: Random, { inputBytes }: Expected): Int8Array {
  const [start, step] = [random.integer(256), random.integer(256)];
  return Int8Array.from({ length: inputBytes }, (_, i) => start + i * step);
}

/** Mostly runs, alone, side by side and in batches; layers; what the device tells of itself. */
export function chooseOperation(random: Random, expected: Expected): Operation {
  const choice = random.integer(12);
  const input = randomInput(random, expected);
  if (choice < 4) return async (device) => isEqual((await device.run(input)).output, expected.run(input));
  if (choice < 6) {
    const inputs = Array.from({ length: 4 }, () => randomInput(random, expected));
    return async (device) => {
      const answers = await settleAll(inputs.map((each) => device.run(each)));
      return answers.every(({ output }, i) => isEqual(output, expected.run(inputs[i]!)));
    };
  }
  if (choice < 9) {
    return async (device) => {
      const layers = [expected.inputBytes, expected.outputBytes].map((bytes) => ({
        ...{ bytes, elementType: "int8" as const },
      }));
      const [first, second] = await runLayers(device, layers, input);
      return isEqual(first?.output, expected.invert(input)) && isEqual(second?.output, expected.run(input));
    };
  }
  if (choice < 11) {
    const inputs = [input, randomInput(random, expected)];
    const areRight = (outputs: readonly ActivationData[]) =>
      outputs.length === 2 && outputs.every((output, i) => isEqual(output, expected.run(inputs[i]!)));
    if (choice < 10) {
      return async (device) => areRight((await device.runMany(inputs)).results.map(({ output }) => output));
    }
    return async (device) => areRight((await device.runTotal(inputs)).outputs);
  }
  return async (device) => {
    const { network, imageAddress, imageBytes } = await device.hello();
    if (network.hash !== expected.hash) return false;
    const description = encodeDescription(network);
    if (imageBytes > 0) return (await device.memoryChecksum(imageAddress, 0)) === 0;
    return (await device.memoryChecksum(0, description.length)) === crc32(description);
  };
}

/** All of them have ended when it throws what the first failure was. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

export type Outcome = "right" | "error" | "wrong" | "hang" | "crash";

export interface Judgement {
  readonly outcome: Outcome;
  /** Of the line's time. */
  readonly ms: number;
  /** Why it is an error or a crash. */
  readonly reason?: string;
}

/** Does it; "crash" is what no user should see: an error that is no UserError. */
export async function judge(
  operation: Operation,
  device: Device,
  time: PassingTime,
  hangMs: number,
): Promise<Judgement> {
  const { clock } = time;
  const start = clock.now();
  let cancelHang = (): void => undefined;
  const hang = new Promise<"hang">((resolve) => {
    cancelHang = clock.after(hangMs, () => resolve("hang"));
  });
  const done = operation(device).then(
    (isRight): Outcome => (isRight ? "right" : "wrong"),
    (error: unknown) => error as Error,
  );
  const result = await time.during(Promise.race([done, hang]));
  cancelHang();
  const ms = clock.now() - start;
  if (typeof result === "string") return { outcome: result, ms };
  if (result instanceof UserError) return { outcome: "error", ms, reason: result.message };
  return { outcome: "crash", ms, reason: result.stack ?? result.message };
}
