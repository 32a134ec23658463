import { crc32, deflateSync } from "node:zlib";

export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  /** Unpacked: each row's filter byte and its bytes. */
  readonly data: readonly number[];
  readonly interlace?: number;
  /** Further chunks before the data. */
  readonly chunks?: readonly (readonly [type: string, data: readonly number[]])[];
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(data.length, 0);
  numbers.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
}

/** Writes a PNG without any library, so that the decoder is judged by another's bytes. */
export function makePng({
  width,
  height,
  depth,
  colourType,
  data,
  interlace = 0,
  chunks = [],
}: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, interlace], 8);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngChunk("IHDR", header),
    ...chunks.map(([type, bytes]) => pngChunk(type, Uint8Array.from(bytes))),
    pngChunk("IDAT", deflateSync(Uint8Array.from(data))),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
}
