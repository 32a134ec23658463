import type { Line } from "../link/line.js";
import type { Transport } from "./transport.js";

/** Keeps what comes in until it is read. */
export function transportOf(line: Line): Transport {
  const arrived: Uint8Array[] = [];
  let broken: Error | undefined;
  let isClosed = false;
  let wake = (): void => undefined;
  line.listen(
    (bytes) => {
      arrived.push(bytes);
      wake();
    },
    (reason) => {
      broken ??= reason;
      wake();
    },
  );
  return {
    name: line.name,
    get bytesPerSecond() {
      return line.bytesPerSecond;
    },
    ...(line.setBaud !== undefined && { setBaud: (baud: number) => line.setBaud!(baud) }),
    stolenMs: () => line.stolenMs?.() ?? 0,
    read: async () => {
      while (arrived.length === 0) {
        if (isClosed) return undefined;
        if (broken !== undefined) throw broken;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return arrived.shift();
    },
    write: async (bytes) => line.write(bytes),
    close: async () => {
      isClosed = true;
      wake();
      await line.close();
    },
  };
}
