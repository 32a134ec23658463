import { createHash } from "node:crypto";
import { UserError } from "./errors.js";
import { describe } from "./fields.js";

/** What a file is that is kept so that work goes on from it. */
export interface KeptKind {
  /** "pinfer checkpoint" */
  readonly format: string;
  readonly version: number;
}

const newline = 10;
/** No first line is longer. */
const longestLine = 300;

/**
 * A file to go on from: a first line with its format, its version and the SHA-256 of all that follows. Whatever byte
 * of it changes, {@link openKept} refuses it.
 */
export function sealKept(kind: KeptKind, content: Uint8Array | string): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([Buffer.from(firstLine(kind, bytes)), bytes]);
}

/**
 * The content of a file that {@link sealKept} made.
 *
 * @param place the file's name, for messages
 * @param hint what to do when it cannot be gone on from
 * @throws UserError when it is of another kind or version, or any byte is not as it was written
 */
export function openKept(kind: KeptKind, file: Buffer, place: string, hint: string): Buffer {
  const end = file.subarray(0, longestLine).indexOf(newline) + 1;
  const line = file.toString("latin1", 0, end);
  const content = file.subarray(end);
  if (line === firstLine(kind, content)) return content;
  const { format, version } = parse(line);
  if (format !== kind.format) {
    throw new UserError(`${place} is no ${kind.format}: its first line does not say so`, hint);
  }
  if (version !== kind.version) {
    throw new UserError(
      `${place} is of version ${describe(version)}; this pinfer reads version ${kind.version}`,
      hint,
    );
  }
  throw new UserError(`${place} is damaged: its SHA-256 is not the one in its first line`, hint);
}

function firstLine({ format, version }: KeptKind, content: Uint8Array): string {
  const sha256 = createHash("sha256").update(content).digest("hex");
  return `${JSON.stringify({ format, version, sha256 })}\n`;
}

function parse(line: string): { readonly format?: unknown; readonly version?: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
