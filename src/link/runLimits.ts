import { portBytes } from "../network/ports.js";
import { MAX_FRAME_BYTES } from "./frame.js";
import { type Hello, TOTAL_TICKS_BYTES } from "./messages.js";

/** What a hello says about the requests after it. */
export interface RunLimits {
  /** How many inputs one request may bring. */
  readonly batchSize: number;
  /** Payload bytes of the longest answer. */
  readonly longestAnswer: number;
  /** What a run may take more than any other request. */
  readonly runMs: number;
  /** What several runs may take more, together. */
  readonly mostMs: number;
}

/** Of an answer to a run besides the output. */
const TICKS_BYTES = 4;
const REQUEST_CRC_BYTES = 4;

/**
 * A device may take so long for a multiply-accumulate before it counts as dead: ten times what our kernels take on a
 * Cortex-M0+. What a network does besides is small, and the time limit that every request has is for it.
 */
const PATIENT_CYCLES_PER_MAC = 30;
/** Only this computer tells no clock. */
const UNKNOWN_CORE_HZ = 100_000_000;
/** No core that runs a network is slower; one that says so is not believed. */
const LEAST_CORE_HZ = 1_000_000;
/** Where the host has no program of its own to tell how much a run computes, a device is not waited for longer. */
const MOST_MS_UNTOLD = 60_000;

/**
 * A device is a stranger: what it says of itself shortens a time limit, and lengthens it no further than what the host
 * knows of the network, or `MOST_MS_UNTOLD`.
 *
 * @param macs multiply-accumulates of a run, as the host knows the network; undefined where it does not
 */
export function limitsOf({ network, batchBytes, coreHz }: Hello, macs: number | undefined): RunLimits {
  const [inputBytes, outputBytes] = [network.inputs, network.outputs].map(portBytes) as [number, number];
  const most = MAX_FRAME_BYTES / Math.max(inputBytes, outputBytes + TICKS_BYTES);
  const batchSize = Math.max(1, Math.floor(Math.min(batchBytes / inputBytes, most)));
  const batchAnswer = batchSize * (outputBytes + TICKS_BYTES) + TOTAL_TICKS_BYTES;
  const longest = Math.max(network.arenaBytes, batchAnswer) + TICKS_BYTES + REQUEST_CRC_BYTES;
  const believedMacs = Math.min(network.macs, macs ?? Number.POSITIVE_INFINITY);
  const believedHz = Math.max(coreHz || UNKNOWN_CORE_HZ, LEAST_CORE_HZ);
  const runMs = Math.ceil((1000 * believedMacs * PATIENT_CYCLES_PER_MAC) / believedHz);
  const mostMs = macs === undefined ? MOST_MS_UNTOLD : Number.POSITIVE_INFINITY;
  return {
    batchSize,
    longestAnswer: Math.min(longest, MAX_FRAME_BYTES),
    runMs: Math.min(runMs, mostMs),
    mostMs,
  };
}
