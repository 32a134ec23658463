/** Descriptions of networks. */
const mostTextBytes = 2 ** 24;

/** What bytes say that are the JSON of an object; undefined for others. */
export function jsonObject(bytes: Uint8Array): object | undefined {
  const first = bytes.findIndex((byte) => byte > 32);
  if (bytes.length > mostTextBytes || bytes[first] !== "{".charCodeAt(0)) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
