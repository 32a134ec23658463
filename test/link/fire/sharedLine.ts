import type { Random } from "../../../src/base/random.js";
import type { Line } from "../../../src/link/line.js";

/** Two hosts' ends of one line: both send on it, and what comes is heard by both, or by one of them only. */
export function shareLine(line: Line, random: Random): [Line, Line] {
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  line.listen(
    (bytes) => {
      const hearer = random.integer(4);
      for (const [host, onBytes] of listeners.entries()) if (hearer > 1 || hearer === host) onBytes(bytes);
    },
    () => undefined,
  );
  const end = (): Line => ({
    name: line.name,
    bytesPerSecond: line.bytesPerSecond,
    write: (bytes) => line.write(bytes),
    listen: (onBytes) => {
      listeners.push(onBytes);
    },
    close: async () => undefined,
  });
  return [end(), end()];
}
