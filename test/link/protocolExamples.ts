import { readFileSync } from "node:fs";

/** PROTOCOL.md's blocks ```kind NAME as bytes; what follows ; in a line is comment. */
export function readExamples(kind: "hex" | "pins" | "slots" | "states"): Map<string, Uint8Array> {
  const text = readFileSync(new URL("../../firmware/PROTOCOL.md", import.meta.url), "utf8");
  return new Map(
    [...text.matchAll(/^```(\w+) (.+)\n([^`]*)^```/gm)]
      .filter(([, found]) => found === kind)
      .map(([, , name, lines]) => {
        const digits = lines!.replace(/;.*$/gm, "").replace(/\s/g, "");
        return [name!, new Uint8Array(Buffer.from(digits, "hex"))];
      }),
  );
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
