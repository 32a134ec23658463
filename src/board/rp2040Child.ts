import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { flashOfElf, Rp2040Chip } from "./rp2040Chip.js";
import type { ChipAnswer, ChipQuestion } from "./rp2040Messages.js";

/** Some milliseconds: so long a question waits. */
const INSTRUCTIONS_BETWEEN_TURNS = 50_000;
const NANOSECONDS = 1e6;

/** Runs the image that the command line names; its UART is on a port of this computer, its pins answer messages. */
async function main(elf: string): Promise<void> {
  const chip = new Rp2040Chip(flashOfElf(readFileSync(elf)));
  let client: Socket | undefined;
  let wake = (): void => undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    client?.destroy();
    client = socket;
    socket.on("error", () => undefined); // "close" follows
    socket.on("data", (bytes: Uint8Array) => {
      chip.receive(bytes);
      wake();
    });
    socket.on("close", () => {
      if (client === socket) client = undefined;
    });
  });
  const connected = new Promise<void>((resolve) => server.once("connection", () => resolve()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.on("message", (question: ChipQuestion) => {
    send({ level: answer(chip, question) });
    wake();
  });
  process.on("disconnect", () => process.exit()); // whoever started it has ended
  process.on("SIGINT", () => undefined); // Ctrl-C is for them
  send({ port: (server.address() as AddressInfo).port });
  await connected; // nothing it says is lost
  let aheadMs = 0;
  for (;;) {
    const sleepNanoseconds = chip.run(INSTRUCTIONS_BETWEEN_TURNS);
    const sent = chip.takeSent();
    if (sent.length > 0) client?.write(sent);
    if (sleepNanoseconds === 0) {
      await turn();
      continue;
    }
    // Timers wait a millisecond at least, so shorter sleeps are gathered.
    const sleepMs = sleepNanoseconds / NANOSECONDS;
    if (aheadMs + sleepMs < 1) {
      chip.sleep(sleepNanoseconds);
      aheadMs += sleepMs;
      continue;
    }
    const start = performance.now();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (sleepMs < LONGEST_TIMER_MS) timer = setTimeout(resolve, aheadMs + sleepMs);
    });
    clearTimeout(timer);
    wake = () => undefined;
    // whole microseconds are whole instructions too
    chip.sleep(1000 * Math.max(0, Math.floor(1000 * (performance.now() - start - aheadMs))));
    aheadMs = 0;
  }
}

/** Beyond it a timer's time wraps. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function answer(chip: Rp2040Chip, question: ChipQuestion): number {
  const { pin, level, channel, reading } = question;
  if (channel !== undefined) chip.driveAnalog(channel, reading ?? 0);
  if (pin !== undefined && level !== undefined) chip.drive(pin, level);
  return pin === undefined ? 0 : chip.read(pin);
}

function send(message: ChipAnswer): void {
  process.send?.(message);
}

main(process.argv[2]!).catch((error: Error) => {
  send({ error: error.message });
  process.exitCode = 1;
  process.disconnect?.();
});
