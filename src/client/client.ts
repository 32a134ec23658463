import { UserError } from "../base/errors.js";
import { argmax } from "../compare/metrics.js";
import { type Device, type DeviceOptions, openDevice } from "../link/device.js";
import type { Hello, RunResult } from "../link/messages.js";
import type { ActivationData } from "../network/quantizedNetwork.js";
import { dequantizeTensor } from "../quantize/quantizeTensor.js";
import type { ClientNetwork, NamedTensor } from "./clientNetwork.js";
import { takeInput } from "./takeInput.js";
import { lineOf, type Transport } from "./transport.js";

/** What a network gives for an input. */
export interface Outcome {
  /** Real values, row by row: scale · (byte − zero point). */
  readonly values: Float32Array;
  /** As the device gave them, in the element type of its output. */
  readonly bytes: ActivationData;
  /** What the inference took: cycles or instructions, as `hello.counterKind` says; 0 where the board counts nothing. */
  readonly ticks: number;
}

/** Of a network with one output. */
export interface Single extends Outcome {
  readonly value: number;
}

/** Of a network with classes: their names, or their numbers where the model has no names. */
export interface Classified<Class extends string | number> extends Outcome {
  /** The one with the largest score; of equal ones the first. */
  readonly class: Class;
  /** A real value for each class. */
  readonly scores: Readonly<Record<Class, number>>;
}

/** How a device is asked. */
export interface ClientOptions extends Pick<DeviceOptions, "timeoutMs" | "tries" | "clock" | "onFallBack"> {
  /**
   * What to raise the link's rate to, on both sides, up to 921600. Where board, port or cable cannot, or no more, it is
   * 115200 as before, and `onFallBack` is told.
   */
  readonly baud?: number;
}

/** A device that was found to carry the network. */
export interface Client<Input, Answer extends Outcome> {
  /** What the device said of itself when it was opened. */
  readonly hello: Hello;
  /** The link below: its statistics, and all other requests. */
  readonly device: Device;
  /** Calls may be made side by side: they are answered in their order, and the line does not stand still between them. */
  infer(input: Input): Promise<Answer>;
  close(): Promise<void>;
}

/**
 * Asks the device which network it carries, and speaks to it if it is this one. Called by what `pinfer client` writes,
 * which has the types.
 *
 * @throws UserError that names both hashes when it is another network; the transport is closed then
 */
export async function openClient<Input, Answer extends Outcome>(
  network: ClientNetwork,
  transport: Transport,
  options: ClientOptions = {},
): Promise<Client<Input, Answer>> {
  const device = openDevice(lineOf(transport), options);
  const { inputs, outputs } = network;
  try {
    const hello = await device.hello(network);
    if (options.baud !== undefined) await raise(device, options.baud, options.onFallBack);
    return {
      hello,
      device,
      infer: async (input) => {
        const result = await device.run(takeInput(inputs[0], input));
        return answerOf(outputs[0], result) as Outcome as Answer;
      },
      close: () => device.close(),
    };
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** A link that stays slow is right all the same. */
async function raise(device: Device, baud: number, onFallBack: ClientOptions["onFallBack"]): Promise<void> {
  try {
    await device.setBaud(baud);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onFallBack?.(baud);
  }
}

function answerOf(
  tensor: NamedTensor,
  { output, ticks }: RunResult,
): Single | Classified<string> | Classified<number> {
  const values = dequantizeTensor(output, tensor);
  const outcome = { values, bytes: output, ticks };
  if (values.length === 1) return { ...outcome, value: values[0]! };
  const { labels } = tensor;
  const names = labels ?? Array.from(values, (_, i) => i);
  const scores = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  return { ...outcome, class: names[argmax(output)]!, scores } as Classified<string>;
}
