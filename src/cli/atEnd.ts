/** Not SIGHUP: a listener would take it from `nohup`. */
const endingSignals = ["SIGINT", "SIGTERM"] as const;
const pending = new Set<() => void>();
let isListening = false;
let stopper: AbortController | undefined;

/**
 * Undoes something however the program ends: in order, by an error, by `process.exit` or by Ctrl-C; not when it is
 * killed outright.
 *
 * @returns what undoes it now; harmless when it is undone
 */
export function atEnd(undo: () => void): () => void {
  listen();
  const undoOnce = (): void => {
    if (pending.delete(undoOnce)) undo();
  };
  pending.add(undoOnce);
  return undoOnce;
}

/**
 * For commands that go on until they are stopped: from now on the first Ctrl-C (or SIGTERM) aborts the signal that is
 * given, and the command ends in its own order; the second ends the program at once, as always.
 */
export function stopOnSignal(): AbortSignal {
  listen();
  stopper = new AbortController();
  return stopper.signal;
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  process.on("exit", undoAll);
  for (const signal of endingSignals) process.once(signal, endBy);
}

/** The latest first: it may stand on what came before. */
function undoAll(): void {
  for (const undo of [...pending].reverse()) undo();
}

/** The signal comes again and finds no listener, so whoever started us sees that it ended us. */
function endBy(signal: NodeJS.Signals): void {
  if (stopper !== undefined && !stopper.signal.aborted) {
    process.once(signal, endBy);
    stopper.abort();
    return;
  }
  undoAll();
  process.kill(process.pid, signal);
}
