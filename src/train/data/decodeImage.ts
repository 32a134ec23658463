import { UserError } from "../../base/errors.js";
import type { Image } from "./image.js";
import { decodeJpeg } from "./jpeg.js";
import { decodePng, pngSignature } from "./png.js";

/**
 * Decodes a PNG or JPEG, told by its first bytes and not by its name.
 *
 * @param name the file, for messages
 * @throws UserError when it is neither or is damaged
 */
export function decodeImage(bytes: Buffer, name: string): Image {
  if (bytes.subarray(0, pngSignature.length).equals(pngSignature)) return decodePng(bytes, name);
  if (bytes.subarray(0, 2).toString("hex") === "ffd8") return decodeJpeg(bytes, name);
  const found = bytes.length === 0 ? "is empty" : `begins with ${bytes.subarray(0, 4).toString("hex")}`;
  throw new UserError(`${name}: ${found}; expected a PNG or JPEG`, "save it as one of the two");
}
