import { crc32, inflateRawSync } from "node:zlib";

/** A file in an archive, as the archive's directory tells it. */
export interface ZipEntry {
  readonly name: string;
  /** Of its content. */
  readonly bytes: number;
  /** As it stands in the archive. */
  readonly packedBytes: number;
  readonly crc: number;
  readonly method: number;
  /** Where its own header begins. */
  readonly start: number;
}

const signatures = { end: 0x06054b50, directory: 0x02014b50, file: 0x04034b50 } as const;
const sizes = { end: 22, directory: 46, file: 30 } as const;
const methods = { stored: 0, deflated: 8 } as const;
const flagEncrypted = 1;
/** What a deflated byte can become at most; Source: zlib's Technical Details, "Maximum Compression Factor". */
const maximumDeflateRatio = 1032;

/**
 * The directory of a zip archive, which must fill what its end says, to the byte.
 *
 * @throws Error when the bytes are no such archive, or one with sizes of 64 bits, as none below 4 GB needs them
 * Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16.
 */
export function listZip(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive);
  const [count, directoryBytes, directoryStart] = [
    archive.readUInt16LE(end + 10),
    archive.readUInt32LE(end + 12),
    archive.readUInt32LE(end + 16),
  ];
  if (directoryStart + directoryBytes !== end) {
    throw new Error(`its directory ends at byte ${directoryStart + directoryBytes}, expected ${end}`);
  }
  const entries: ZipEntry[] = [];
  let at = directoryStart;
  while (at < end) {
    if (at + sizes.directory > end || archive.readUInt32LE(at) !== signatures.directory) {
      throw new Error(`entry ${entries.length} of its directory is none`);
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) =>
      archive.readUInt16LE(at + field),
    );
    if ((archive.readUInt16LE(at + 8) & flagEncrypted) !== 0) throw new Error("it is encrypted");
    entries.push({
      name: archive.toString("utf8", at + sizes.directory, at + sizes.directory + nameBytes),
      method: archive.readUInt16LE(at + 10),
      crc: archive.readUInt32LE(at + 16),
      packedBytes: archive.readUInt32LE(at + 20),
      bytes: archive.readUInt32LE(at + 24),
      start: archive.readUInt32LE(at + 42),
    });
    at += sizes.directory + nameBytes + extraBytes + commentBytes;
  }
  if (at !== end || entries.length !== count) {
    throw new Error(`its directory should have ${count} entries, found ${entries.length}`);
  }
  return entries;
}

/** Where the archive's end begins: the last thing in it, but for a comment. */
function findEnd(archive: Buffer): number {
  for (let at = archive.length - sizes.end; at >= 0; at--) {
    const isEnd = archive.readUInt32LE(at) === signatures.end;
    if (isEnd && at + sizes.end + archive.readUInt16LE(at + 20) === archive.length) return at;
  }
  throw new Error("it has no end of a zip archive");
}

/**
 * A file's content, whose length and CRC-32 are those of the directory.
 *
 * @throws Error when it is packed in another way than stored or deflated, or damaged
 */
export function unpackZip(archive: Buffer, entry: ZipEntry): Buffer {
  const { name, bytes, packedBytes, crc, method, start } = entry;
  if (bytes > packedBytes * maximumDeflateRatio) {
    throw new Error(`${name} cannot unpack from ${packedBytes} B to ${bytes} B`);
  }
  if (start + sizes.file > archive.length || archive.readUInt32LE(start) !== signatures.file) {
    throw new Error(`${name} does not begin at byte ${start}`);
  }
  const nameStart = start + sizes.file;
  const nameEnd = nameStart + archive.readUInt16LE(start + 26);
  const found = archive.toString("utf8", nameStart, nameEnd);
  if (found !== name) throw new Error(`its directory has ${name} where ${found} is`);
  const packedStart = nameEnd + archive.readUInt16LE(start + 28);
  const packed = archive.subarray(packedStart, packedStart + packedBytes);
  const content = method === methods.stored ? packed : inflate(packed, entry);
  if (content.length !== bytes) throw new Error(`${name} has ${content.length} B, expected ${bytes}`);
  const foundCrc = crc32(content);
  if (foundCrc !== crc) throw new Error(`${name} has the CRC-32 ${hex(foundCrc)}, expected ${hex(crc)}`);
  return content;
}

function inflate(packed: Buffer, { name, method, bytes }: ZipEntry): Buffer {
  if (method !== methods.deflated) {
    throw new Error(`${name} is packed by method ${method}; stored (0) and deflated (8) are read`);
  }
  return inflateRawSync(packed, { maxOutputLength: Math.max(bytes, 1) });
}

const hex = (crc: number): string => crc.toString(16).padStart(8, "0");
