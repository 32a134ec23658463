import { spawn } from "node:child_process";

/** Sends frames to firmware for this computer, one after the other's answer, and gives the answers' bytes. */
export async function exchangeFrames(
  executable: string,
  requests: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const firmware = spawn(executable, { stdio: ["pipe", "pipe", "inherit"] });
  const answers: Uint8Array[] = [];
  let bytes: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const askNext = () => {
      if (answers.length === requests.length) firmware.stdin.end(resolve);
      else firmware.stdin.write(requests[answers.length]!);
    };
    firmware.once("close", (code) => reject(new Error(`the firmware ended with code ${code}`)));
    firmware.stdout.on("data", (chunk: Buffer) => {
      bytes.push(...chunk);
      // C0 begins an answer and ends it
      if (bytes.length < 2 || bytes.at(-1) !== 0xc0) return;
      answers.push(Uint8Array.from(bytes));
      bytes = [];
      askNext();
    });
    askNext();
  });
  return answers;
}
