import type { Clock } from "../base/clock.js";

/** Counted since the device was opened. Bytes are those on the line; payload bytes leave out frames' overhead. */
export interface LinkStatistics {
  readonly requests: number;
  /** Requests sent again because no whole answer came. */
  readonly retries: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly payloadBytesSent: number;
  readonly payloadBytesReceived: number;
  /** Frames from the device dropped for their CRC, length or escapes. */
  readonly brokenFrames: number;
  /** Whole frames nobody waited for: late answers. */
  readonly unexpectedFrames: number;
}

export interface DeviceOptions {
  /** How long a device may think, besides the time the bytes take on the line. Default 2000. */
  readonly timeoutMs?: number;
  /** How often a request is sent before giving up. Default 3. */
  readonly tries?: number;
  /** The image that runs, named in the hint of a fault. */
  readonly elf?: string;
  /** By which a device is silent; default the system's. */
  readonly clock?: Clock;
  /** The raised rate was given up: nothing was answered any more. */
  readonly onFallBack?: (baud: number) => void;
}
