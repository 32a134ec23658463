import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { counterPlugin } from "../../src/cycles/counterPlugin.js";
import { temporaryDirectory } from "../firmware/images.js";

const folder = temporaryDirectory();
const { PATH, XDG_CACHE_HOME } = process.env;

/** An emulator that says a text for a plugin of one interface, and loads it else; its calls are counted by lines. */
function emulator(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\necho "$@" >> ${path}.calls\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const loads = `echo "pinfer's plugin is loaded" >&2; exit 1`;
const cached = () => readdirSync(join(folder, "pinfer"));

describe.skipIf(process.platform !== "linux")(
  "the plugin that counts blocks (on Linux, where QEMU loads it)",
  () => {
    beforeAll(() => {
      process.env.XDG_CACHE_HOME = folder;
    });
    afterEach(() => {
      process.env.PATH = PATH;
    });
    afterAll(() => {
      if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME;
    });

    it("is not built without a compiler: the message names the package", async () => {
      process.env.PATH = folder;
      await expect(counterPlugin(emulator("any", loads))).rejects.toMatchObject({
        message: "gcc is not installed",
        hint: "sudo apt-get install gcc libc6-dev",
      });
    });

    it("is built once, in the folder for such", async () => {
      const path = await counterPlugin(emulator("loads", loads));
      expect(cached()).toEqual([path.slice(folder.length + "/pinfer/".length)]);
      process.env.PATH = folder; // no compiler any more
      expect(await counterPlugin(emulator("loads", loads))).toBe(path);
    });

    it("is built for the interface that the emulator asks for", async () => {
      const marker = join(folder, "asked");
      const newer = emulator(
        "newer",
        `if [ -e ${marker} ]; then ${loads}; fi; : > ${marker}
echo "Could not load plugin x.so: plugin requires API version 1, but this QEMU supports only a minimum version of 2" >&2; exit 1`,
      );
      const before = cached();
      const path = await counterPlugin(newer);
      expect(before).not.toContain(path.slice(folder.length + "/pinfer/".length));
      expect(cached()).toHaveLength(before.length + 1);
    });

    it("says so when the emulator takes none", async () => {
      const none = emulator("none", `echo "qemu-system-arm: -plugin x.so: invalid option" >&2; exit 1`);
      await expect(counterPlugin(none)).rejects.toMatchObject({
        message: `this ${none} loads no plugin: qemu-system-arm: -plugin x.so: invalid option`,
        hint: "install a QEMU that was configured with --enable-plugins, as Debian's is",
      });
      const contrary = emulator(
        "contrary",
        `echo "plugin requires API version 1, but this QEMU supports only a minimum version of 9" >&2; exit 1`,
      );
      await expect(counterPlugin(contrary)).rejects.toThrow(
        `this ${contrary} loads the plugin with neither version of its interface that it asked for, the last 9`,
      );
    });
  },
);
