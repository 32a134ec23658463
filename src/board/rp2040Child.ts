import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { ChipRunner } from "./chipRunner.js";
import { flashOfElf, Rp2040Chip } from "./rp2040Chip.js";
import type { ChipAnswer, ChipQuestion } from "./rp2040Messages.js";

/** Runs the image that the command line names; its UART is on a port of this computer, its pins answer messages. */
async function main(elf: string): Promise<void> {
  const chip = new Rp2040Chip(flashOfElf(readFileSync(elf)));
  let client: Socket | undefined;
  const runner = new ChipRunner(chip, (sent) => client?.write(sent));
  const server = createServer({ noDelay: true }, (socket) => {
    client?.destroy();
    client = socket;
    socket.on("error", () => undefined); // "close" follows
    socket.on("data", (bytes: Uint8Array) => {
      chip.receive(bytes);
      runner.wake();
    });
    socket.on("close", () => {
      if (client === socket) client = undefined;
    });
  });
  const connected = new Promise<void>((resolve) => server.once("connection", () => resolve()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.on("message", (question: ChipQuestion) => {
    send({ level: answer(chip, question) });
    runner.wake();
  });
  process.on("disconnect", () => process.exit()); // whoever started it has ended
  process.on("SIGINT", () => undefined); // Ctrl-C is for them
  send({ port: (server.address() as AddressInfo).port });
  await connected; // nothing it says is lost
  await runner.run();
}

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
