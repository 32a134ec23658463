import { UserError } from "../base/errors.js";
import { isTflite } from "./readTflite.js";

/** A byte takes two characters and more, `0x1c,` mostly five: this is the text of a model larger than any flash. */
const largestText = 2 ** 26;

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isNameLetter = (code: number): boolean =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;

/** Where what is no code ends that begins here: a comment, a string, a line of the preprocessor; undefined for code. */
function endOfOther(text: string, at: number): number | undefined {
  const [first, second] = [text[at], text[at + 1]];
  const behind = (what: string, from: number): number => {
    const end = text.indexOf(what, from);
    return end < 0 ? text.length : end + what.length;
  };
  if (first === "/" && second === "*") return behind("*/", at + 2);
  if (first === "#" || (first === "/" && second === "/")) return behind("\n", at);
  return first === '"' ? behind('"', at + 1) : undefined;
}

/**
 * The first model among a C source's arrays of bytes, as `xxd -i` and TensorFlow's scripts write it: numbers of 0 to 255,
 * decimal or hexadecimal, in braces. One pass; the text is nobody's word.
 *
 * @param file its name, for messages
 * @returns undefined where no array holds the bytes of a .tflite model
 * @throws UserError when the text is longer than that of a model that fits a microcontroller
 */
export function readCArray(source: Uint8Array, file: string): Uint8Array | undefined {
  if (source.length > largestText) {
    throw new UserError(
      `${file}: a C source of ${source.length} B; up to ${largestText} B are read`,
      "import the .tflite file that the array was made of",
    );
  }
  const text = Buffer.from(source).toString("latin1");
  const values = new Uint8Array(source.length >> 1);
  let count = -1; // below 0 outside of an array that may be one of bytes
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    const end = endOfOther(text, at);
    if (end !== undefined) {
      at = end;
    } else if (text[at] === "{") {
      count = 0;
      at++;
    } else if (text[at] === "}") {
      if (count > 0 && isTflite(values.subarray(0, count))) return values.slice(0, count);
      count = -1;
      at++;
    } else if (count >= 0 && isNameLetter(code)) {
      let last = at;
      while (last < text.length && isNameLetter(text.charCodeAt(last))) last++;
      const word = text.slice(at, Math.min(last, at + 8));
      const value = isDigit(code) ? Number(word.replace(/[uU]$/, "")) : Number.NaN;
      if (value >= 0 && value <= 255) values[count++] = value;
      else count = -1;
      at = last;
    } else {
      if (count >= 0 && text[at] !== "," && !isSpace(code)) count = -1;
      at++;
    }
  }
  return undefined;
}
