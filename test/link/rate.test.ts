import { afterEach, describe, expect, it } from "vitest";
import { describeClient } from "../../codegen/printClient.js";
import { openClient } from "../../src/client/client.js";
import { transportOf } from "../../src/client/lineTransport.js";
import { type Device, openDevice } from "../../src/link/device.js";
import { encodeFrame, encodeWithCrc, FrameDecoder } from "../../src/link/frame.js";
import { encodeHealth, type Health, healthTroubles, resetReasons } from "../../src/link/healthMessages.js";
import type { Line } from "../../src/link/line.js";
import { ANSWER_BIT, encodeAnswer, MessageType } from "../../src/link/messages.js";
import { planProgram } from "../../src/plan/planProgram.js";
import { runProgram } from "../../src/program/runProgram.js";
import { ManualClock } from "../support/clock.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";
import { strangeDevice } from "../support/strangeDevice.js";

const FIRST = 115_200;
const HIGH = 921_600;
const network = randomPlantedNetwork(1);
const program = planProgram(network);
const input = randomInput(network, 1);

/** A board at the end of a wire: bytes of another rate than its own come without a stop bit. */
class Wire implements Line {
  readonly name = "wire";
  readonly bytesPerSecond = 11_520;
  hostBaud = FIRST;
  boardBaud = FIRST;
  readonly hostBauds: number[] = [];
  /** The cable bears it. */
  highest = Number.POSITIVE_INFINITY;
  /** Of the answer to a request for a rate; -1 is older firmware's. */
  status = 0;
  written = 0;
  private framingErrors = 0;
  private take: (bytes: Uint8Array) => void = () => undefined;
  private readonly decoder = new FrameDecoder();
  private readonly answer = strangeDevice(program);

  constructor(
    private readonly clock: ManualClock,
    private readonly health: Partial<Health> = {},
  ) {}

  setBaud = async (baud: number): Promise<void> => {
    this.hostBaud = baud;
    this.hostBauds.push(baud);
  };

  startAnew(): void {
    this.boardBaud = FIRST;
  }

  listen(onBytes: (bytes: Uint8Array) => void): void {
    this.take = onBytes;
  }

  write(bytes: Uint8Array): void {
    this.written++;
    if (this.hostBaud !== this.boardBaud || this.hostBaud > this.highest) {
      this.framingErrors += bytes.length;
      // firmware/health.c: three of them bring the first rate back
      if (this.boardBaud !== FIRST && this.framingErrors >= 3) this.boardBaud = FIRST;
      this.passUntilWritten(this.written);
      return;
    }
    for (const frame of this.decoder.push(bytes)) {
      this.framingErrors = 0;
      for (const answer of this.answersTo(frame)) setImmediate(() => this.take(answer));
    }
  }

  /** Nothing will come: time passes until the host writes again, or has given up. */
  private passUntilWritten(count: number, steps = 200): void {
    setImmediate(() => {
      if (this.written !== count || steps === 0) return;
      this.clock.passToNext();
      this.passUntilWritten(count, steps - 1);
    });
  }

  close = async (): Promise<void> => undefined;

  private answersTo(frame: ReturnType<FrameDecoder["push"]>[number]): Uint8Array[] {
    const { type, id, payload } = frame;
    const { crc } = encodeWithCrc(frame);
    const plain = (status: number, of: Uint8Array = new Uint8Array(0)) => [
      encodeFrame({ type: type | ANSWER_BIT, status, id, payload: encodeAnswer(of, crc) }),
    ];
    if (type === MessageType.baud) {
      if (this.status === 0)
        this.boardBaud = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
      return plain(this.status);
    }
    if (type === MessageType.health) {
      const well: Health = {
        ...{ resetReason: "power", hasWatchdog: false, analogFaults: 0, framingErrors: 0, baud: FIRST },
      };
      return this.status === -1 ? plain(-1) : plain(0, encodeHealth({ ...well, ...this.health }));
    }
    return this.answer(encodeFrame(frame));
  }
}

let device: Device;
let wire: Wire;
const given: number[] = [];

function open(change: (wire: Wire) => void = () => undefined, health: Partial<Health> = {}): Device {
  const clock = new ManualClock();
  wire = new Wire(clock, health);
  change(wire);
  given.length = 0;
  device = openDevice(wire, { clock, onFallBack: (baud) => given.push(baud) });
  return device;
}

afterEach(() => device.close());

async function expectRight(): Promise<void> {
  expect((await device.run(input)).output).toEqual(runProgram(program, input));
}

describe("a client's rate", () => {
  const openAt = (change: (wire: Wire) => void = () => undefined) => {
    const clock = new ManualClock();
    wire = new Wire(clock);
    change(wire);
    given.length = 0;
    const options = { clock, baud: HIGH, onFallBack: (baud: number) => given.push(baud) };
    return openClient(describeClient(program, undefined).network, transportOf(wire), options);
  };

  it("is raised when it is opened, and given up when the board has started anew", async () => {
    const client = await openAt();
    device = client.device;
    expect([wire.hostBaud, wire.boardBaud]).toEqual([HIGH, HIGH]);
    await expectRight();
    expect(given).toEqual([]);
    wire.startAnew();
    await expectRight();
    expect([given, wire.hostBaud]).toEqual([[HIGH], FIRST]);
  });

  it.each<[string, (wire: Wire) => void]>([
    ["the cable bears no other", (each) => Object.assign(each, { highest: 500_000 })],
    ["the board has no other", (each) => Object.assign(each, { status: -10 })],
    ["the transport has none", (each) => Object.assign(each, { setBaud: undefined })],
  ])("stays, and says so, where %s", async (_, change) => {
    ({ device } = await openAt(change));
    expect([given, wire.hostBaud, wire.boardBaud]).toEqual([[HIGH], FIRST, FIRST]);
    await expectRight();
  });
});

describe("a link's rate", () => {
  it("is raised on both sides, and brought back when the port is closed", async () => {
    await open().setBaud(HIGH);
    expect([wire.hostBaud, wire.boardBaud]).toEqual([HIGH, HIGH]);
    await expectRight();
    expect(device.statistics.retries).toBe(0);
    await device.close();
    expect([wire.hostBaud, wire.boardBaud]).toEqual([FIRST, FIRST]);
  });

  it("stays where the cable bears no other", async () => {
    open((each) => {
      each.highest = 500_000;
    });
    await expect(device.setBaud(HIGH)).rejects.toMatchObject({
      message: `wire answers nothing at ${HIGH} baud`,
      hint: "take a lower rate, a shorter cable or another adapter",
    });
    expect([wire.hostBaud, wire.boardBaud]).toEqual([FIRST, FIRST]);
    await expectRight();
  });

  it.each([
    [-1, `the firmware of wire has no rate but ${FIRST} baud`],
    [-10, `wire refused ${HIGH} baud: a rate the board's UART cannot make (-10); 4 payload bytes were sent`],
  ])("stays where the board refuses: %i", async (status, message) => {
    open((each) => {
      each.status = status;
    });
    await expect(device.setBaud(HIGH)).rejects.toThrow(message);
    expect(wire.hostBauds).toEqual([]);
    await expectRight();
  });

  it("stays where the port has none", async () => {
    open((each) => {
      Object.assign(each, { setBaud: undefined });
    });
    await expect(device.setBaud(HIGH)).rejects.toThrow("wire has no rate that can be set");
    await expectRight();
  });

  it("is given up, and said to be, when the board has started anew unasked", async () => {
    await open().setBaud(HIGH);
    wire.startAnew();
    await expectRight();
    expect(given).toEqual([HIGH]);
    expect(device.statistics.retries).toBe(2);
    expect(wire.hostBaud).toBe(FIRST);
  });

  it("is given up when the cable bears it no more", async () => {
    await open().setBaud(HIGH);
    wire.highest = 500_000;
    await expectRight();
    expect(given).toEqual([HIGH]);
    expect([wire.hostBaud, wire.boardBaud]).toEqual([FIRST, FIRST]);
  });

  it("is found as a host that was killed left it", async () => {
    open((each) => {
      each.boardBaud = HIGH;
    });
    await device.hello();
    expect(wire.boardBaud).toBe(FIRST);
    await device.setBaud(HIGH);
    await expectRight();
  });

  it("is tried as it stands where nothing is answered at the first one", async () => {
    open((each) => {
      each.boardBaud = HIGH;
      each.startAnew = () => undefined;
      Object.defineProperty(each, "boardBaud", { get: () => HIGH, set: () => undefined });
    });
    await device.setBaud(HIGH);
    await expectRight();
    expect(wire.hostBauds).toEqual([HIGH]);
  });
});

describe("a board's health", () => {
  it("is told", async () => {
    open(undefined, { resetReason: "watchdog", analogFaults: 3 });
    expect(await device.health()).toEqual({
      ...{ resetReason: "watchdog", hasWatchdog: false, analogFaults: 3, framingErrors: 0, baud: FIRST },
    });
  });

  it("is trouble after a watchdog or a brown-out, and when the ADC was silent, alone", () => {
    const well: Health = {
      ...{ resetReason: "software", hasWatchdog: true, analogFaults: 0, framingErrors: 9, baud: FIRST },
    };
    expect(resetReasons.filter((resetReason) => healthTroubles({ ...well, resetReason }).length > 0)).toEqual(
      ["brown-out", "watchdog"],
    );
    expect(healthTroubles({ ...well, analogFaults: 2 })).toEqual([
      "2 readings of analog pins did not come in time; the one before stood for each",
    ]);
  });

  it("is unknown of older firmware", async () => {
    open((each) => {
      each.status = -1;
    });
    expect(await device.health()).toBeUndefined();
  });
});
