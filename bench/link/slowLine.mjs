/**
 * A line as a serial port behind a USB adapter has it: bytes take their time each way, and the adapter hands on what has
 * come in only every so many milliseconds (FTDI AN232B-04, the latency timer).
 */
export function slowLine(line, { bytesPerSecond, everyMs }) {
  /** Bytes leave one way one after the other. */
  const pace = (deliver, roundTo) => {
    let freeAt = 0;
    return (bytes) => {
      freeAt = Math.max(freeAt, performance.now()) + (1000 * bytes.length) / bytesPerSecond;
      const at = roundTo === 0 ? freeAt : Math.ceil(freeAt / roundTo) * roundTo;
      setTimeout(() => deliver(bytes), at - performance.now());
    };
  };
  return {
    ...line,
    bytesPerSecond,
    write: pace((bytes) => line.write(bytes), 0),
    listen: (onBytes, onBroken) => line.listen(pace(onBytes, everyMs), onBroken),
  };
}
