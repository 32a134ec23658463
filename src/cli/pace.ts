/**
 * Tells how fast samples go and how long the rest will take, from all that was done since `start`: "412/s, 23 s left".
 *
 * @param total samples in all
 * @param now milliseconds
 */
export function startPace(
  total: number,
  now: () => number = () => performance.now(),
): (done: number) => string {
  let first: { readonly done: number; readonly at: number } | undefined;
  return (done) => {
    first ??= { done, at: now() }; // the first one waits for the device to wake; kept ones took no time
    const seconds = (now() - first.at) / 1000;
    if (done === first.done || seconds === 0) return "";
    const perSecond = (done - first.done) / seconds;
    const left = Math.ceil((total - done) / perSecond);
    return `${formatPace(perSecond)}/s, ${formatDuration(left)} left`;
  };
}

function formatPace(perSecond: number): string {
  return perSecond >= 10 ? String(Math.round(perSecond)) : perSecond.toPrecision(2);
}

/** 75 → "1 min 15 s" */
export function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
