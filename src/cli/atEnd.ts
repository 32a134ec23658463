/** Not SIGHUP: a listener would take it from `nohup`. */
const endingSignals = ["SIGINT", "SIGTERM"] as const;
const pending = new Set<() => void>();
let isListening = false;

/**
 * Undoes something however the program ends: in order, by an error, by `process.exit` or by Ctrl-C; not when it is
 * killed outright.
 *
 * @returns what undoes it now; harmless when it is undone
 */
export function atEnd(undo: () => void): () => void {
  if (!isListening) {
    isListening = true;
    process.on("exit", undoAll);
    for (const signal of endingSignals) process.once(signal, endBy);
  }
  const undoOnce = (): void => {
    if (pending.delete(undoOnce)) undo();
  };
  pending.add(undoOnce);
  return undoOnce;
}

/** The latest first: it may stand on what came before. */
function undoAll(): void {
  for (const undo of [...pending].reverse()) undo();
}

/** The signal comes again and finds no listener, so whoever started us sees that it ended us. */
function endBy(signal: NodeJS.Signals): void {
  undoAll();
  process.kill(process.pid, signal);
}
