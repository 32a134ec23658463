import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { UserError } from "../../../src/base/errors.js";

/** A folder of files for each test, and what was complained about in it. */
export function useDataFolder() {
  const data = {
    path: "",
    write(name: string, content: string | Uint8Array): string {
      const path = join(data.path, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return path;
    },
    /** The message, with the folder left out. */
    complaint(act: () => unknown): string {
      try {
        act();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return error.message.replaceAll(`${data.path}/`, "").replaceAll(data.path, ".");
      }
      throw new Error("nothing was thrown");
    },
  };
  beforeEach(() => {
    data.path = mkdtempSync(join(tmpdir(), "pinfer-data-"));
  });
  afterEach(() => rmSync(data.path, { recursive: true }));
  return data;
}
