import { describeProgram } from "../../src/link/describeProgram.js";
import { encodeFrame, encodeWithCrc, type Frame, FrameDecoder } from "../../src/link/frame.js";
import type { Line } from "../../src/link/line.js";
import * as messages from "../../src/link/messages.js";
import { totalTicks } from "../../src/link/totalTicks.js";
import { onlyInput } from "../../src/network/ports.js";
import type { Program } from "../../src/program/program.js";
import { runProgram } from "../../src/program/runProgram.js";

const { MessageType } = messages;

const UNKNOWN_REQUEST = -1;

/** What a device in this process says otherwise than the truth. */
export interface Lies {
  readonly hello?: (hello: messages.Hello) => messages.Hello;
  readonly output?: (output: Int8Array) => Int8Array;
  /** Types of requests that it does not answer. */
  readonly silentOn?: readonly number[];
  /** Payloads in the place of its own, by the request's type. */
  readonly answers?: ReadonlyMap<number, Uint8Array>;
}

/** A hello of a board that carries the program. */
export function helloOf(program: Program): messages.Hello {
  return {
    ...{ protocolVersion: messages.PROTOCOL_VERSION, boardId: "stranger", counterKind: "cycles" },
    ...{ counterHz: 168_000_000, coreHz: 168_000_000, imageAddress: 0, imageBytes: 0, staticRamBytes: 100 },
    ...{ stackBytes: 2048, stackUsedBytes: 100, receiveOverruns: 0, brokenFrames: 0, aheadBytes: 0 },
    ...{ batchBytes: 0, features: [], network: describeProgram(program) },
  };
}

/** The frames with which a device answers what comes: it computes as the host does, and says what it is told to. */
export function strangeDevice(program: Program, lies: Lies = {}): (bytes: Uint8Array) => Uint8Array[] {
  const decoder = new FrameDecoder();
  return (bytes) =>
    decoder.push(bytes).flatMap((request) => {
      const payload = lies.answers?.get(request.type) ?? answerOf(program, lies, request);
      if (lies.silentOn?.includes(request.type)) return [];
      const { type, id } = request;
      const status = payload === undefined ? UNKNOWN_REQUEST : 0;
      const answer = messages.encodeAnswer(payload ?? new Uint8Array(0), encodeWithCrc(request).crc);
      return [encodeFrame({ type: type | messages.ANSWER_BIT, status, id, payload: answer })];
    });
}

/** A line to such a device in this process. @param onSilence called when something has come that it does not answer */
export function strangeLine(program: Program, lies: Lies = {}, onSilence = (): void => undefined): Line {
  const answer = strangeDevice(program, lies);
  let take: (bytes: Uint8Array) => void = () => undefined;
  return {
    ...{ name: "stranger", bytesPerSecond: 1_000_000 },
    write: (bytes) => {
      const frames = answer(bytes);
      if (frames.length === 0) setImmediate(onSilence);
      for (const frame of frames) setImmediate(() => take(frame));
    },
    listen: (onBytes) => {
      take = onBytes;
    },
    close: async () => undefined,
  };
}

const ticks = 5;

function answerOf(program: Program, lies: Lies, { type, payload }: Frame): Uint8Array | undefined {
  const lie = lies.output ?? ((output) => output);
  const inputs = (bytes: Uint8Array): Int8Array[] =>
    Array.from(
      { length: bytes.length / onlyInput(program).bytes },
      (_, i) => new Int8Array(bytes.slice(i * onlyInput(program).bytes, (i + 1) * onlyInput(program).bytes)),
    );
  const run = (input: Int8Array) => ({ ticks, output: lie(runProgram(program, input) as Int8Array) });
  switch (type) {
    case MessageType.hello:
      return messages.encodeHello((lies.hello ?? ((hello) => hello))(helloOf(program)));
    case MessageType.run:
      return messages.encodeRunResult(run(inputs(payload)[0]!));
    case MessageType.runMany:
      return new Uint8Array(
        Buffer.concat(inputs(payload).map((input) => messages.encodeRunResult(run(input)))),
      );
    case MessageType.runTotal: {
      const outputs = inputs(payload).map((input) => run(input).output);
      return messages.encodeRunTotal({ outputs, ticks: totalTicks(outputs.map(() => ticks)) });
    }
    case MessageType.runLayer: {
      const layer = payload[0]!;
      if (layer === 0) arenas.set(program, inputs(payload.subarray(8))[0]!);
      const layers: Int8Array[] = [];
      runProgram(program, arenas.get(program)!, (_, output) => layers.push(output.slice() as Int8Array));
      return messages.encodeRunResult({ ticks, output: lie(layers[layer]!) });
    }
    default:
      return undefined;
  }
}

/** The input that came with layer 0. */
const arenas = new WeakMap<Program, Int8Array>();
