/** TIFF data with an Orientation, as Exif has it; and, before it, another entry. */
export function exifOf(orientation: number, isLittle = true): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 2 * 12 + 4);
  const short = (value: number, at: number) =>
    isLittle ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const long = (value: number, at: number) =>
    isLittle ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  tiff.write(isLittle ? "II" : "MM", 0, "latin1");
  short(42, 2);
  long(8, 4);
  short(2, 8);
  [
    [0x010f, 4, 0],
    [0x0112, 3, orientation],
  ].forEach(([tag, type, value], index) => {
    const at = 10 + 12 * index;
    short(tag, at);
    short(type, at + 2);
    long(1, at + 4);
    if (type === 3) short(value, at + 8);
    else long(value, at + 8);
  });
  return tiff;
}

/** A JPEG with such data in its first segment. */
export function withExif(jpeg: Buffer, tiff: Buffer): Buffer {
  const header = Buffer.from("ffe100004578696600 00".replace(" ", ""), "hex");
  header.writeUInt16BE(2 + 6 + tiff.length, 2);
  return Buffer.concat([jpeg.subarray(0, 2), header, tiff, jpeg.subarray(2)]);
}
