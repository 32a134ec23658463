import { printable } from "../src/base/printable.js";

/** Words that generated code may not use as names: C11's keywords, <stdint.h>'s and <string.h>'s common names. */
const reserved = new Set(
  (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register " +
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while " +
    "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t size_t main memcpy memset bool true false asm " +
    "typeof network arena output_size linux unix"
  ).split(" "),
);

/** camelCase → snake_case: "fullyConnected" → "fully_connected", "accumulator0" → "accumulator0". */
export function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}

export function isReserved(cName: string): boolean {
  return reserved.has(cName);
}

/** True for ASCII letters, digits and underscores that neither C nor its compilers keep for themselves. */
export function isNameForC(name: string): boolean {
  return /^_?[A-Za-z][A-Za-z0-9_]*$/.test(name) && !isReserved(snakeCase(name));
}

/**
 * A C identifier for free text from a model: letters, digits and underscores, at most `longest` characters
 * before a number that makes it unique, no reserved word, none of `taken` (the result is added to it). Deterministic.
 */
export function uniqueIdentifier(text: string, taken: Set<string>, longest = 60): string {
  let base = snakeCase(text)
    .replace(/[^a-z0-9_]+/g, "_")
    .slice(0, longest)
    .replace(/_+$/, "");
  if (!/^[a-z]/.test(base)) base = `layer_${base.replace(/^_+/, "")}`.replace(/_$/, "");
  if (isReserved(base)) base = `layer_${base}`;
  let identifier = base;
  for (let n = 2; taken.has(identifier); n++) identifier = `${base}_${n}`;
  taken.add(identifier);
  return identifier;
}

/**
 * Text that may stand inside a C comment: one line of ASCII, no comment marks, no escapes a compiler would act on, control
 * and other unprintable characters replaced. Compilers read other letters by the code page of the computer.
 */
export function commentText(text: string): string {
  return (
    text
      .replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ")
      .replace(/[^ -~]/gu, (letter) => spellings[letter] ?? `<U+${hexadecimal(letter)}>`)
      // before the comment marks, since it makes slashes
      .replaceAll("\\", "/")
      .replaceAll("*/", "* /")
      .replaceAll("/*", "/ *")
      .replace(/\?(?=\?)/g, "? ")
      .trim()
  );
}

/** What kernels' comments say in mathematics. */
const spellings: Readonly<Record<string, string>> = {
  ...{ "·": "*", "×": "x", "−": "-", "–": "-", "±": "+/-", Σ: "sum", "∞": "infinity", "→": "->", "…": "..." },
  ...{ "≥": ">=", "≤": "<=", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "“": '"', "”": '"', ᵢ: "_i" },
};

function hexadecimal(letter: string): string {
  return letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

/**
 * Free text as a C string in UTF-8: one line of ASCII, no trigraphs, and nothing in it that a terminal acts on. Octal
 * escapes end after three digits, whatever stands behind them.
 */
export function stringLiteral(text: string): string {
  const bytes = Array.from(Buffer.from(printable(text)), (byte) => {
    if (byte < 0x20 || byte > 0x7e) return `\\${byte.toString(8).padStart(3, "0")}`;
    const character = String.fromCharCode(byte);
    return /["\\?]/.test(character) ? `\\${character}` : character;
  });
  return `"${bytes.join("")}"`;
}
