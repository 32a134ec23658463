import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openSerialDevice } from "../../dist/src/link/serialDevice.js";
import { functionsOf } from "./images.mjs";

/** Prints the cycles of one section of a profile, function by function, as JSON. */
const readProfile = `
import json, sys
sys.path.insert(0, sys.argv[1])
import cycles
image = cycles.load(sys.argv[2])
print(json.dumps(cycles.evaluate(image, cycles.parse(sys.argv[3])[int(sys.argv[4])])[2]))
`;

/**
 * Models the cycles of one inference with the emulator plugin and the script of a folder (plugin.c, cycles.py).
 *
 * @returns a function from an image to its cycles
 * @throws Error that says what is missing
 */
export function cycleModel(tools, folder) {
  for (const file of ["plugin.c", "cycles.py"]) {
    if (!existsSync(join(tools, file))) throw new Error(`${tools} has no ${file}`);
  }
  if (spawnSync("python3", ["--version"]).status !== 0) throw new Error("there is no python3");
  const plugin = buildPlugin(readFileSync(join(tools, "plugin.c"), "utf8"), folder);
  return async (image, machine, input) => {
    const profile = join(folder, "profile.txt");
    const mark = functionsOf(image).get("network_run");
    const emulator = spawn(
      "qemu-system-arm",
      ["-M", machine, "-kernel", image, "-icount", "shift=0", "-display", "none", "-monitor", "none"].concat([
        "-serial",
        "pty",
        "-plugin",
        `${plugin},mark=0x${mark.toString(16)},out=${profile}`,
      ]),
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const exited = once(emulator, "exit");
    try {
      const device = await openSerialDevice(await portOf(emulator), { elf: image });
      // a section ends where network_run is entered: the second one begins with the first run
      for (let run = 0; run < 2; run++) await device.run(input);
      await device.close();
    } finally {
      emulator.kill("SIGTERM"); // politely: the plugin writes its last section at the end
      await exited;
    }
    const text = execFileSync("python3", ["-c", readProfile, tools, image, profile, "1"], {
      encoding: "utf8",
    });
    const isNetworks = networkFunctions(image);
    return Object.entries(JSON.parse(text)).reduce(
      (sum, [name, [, cycles]]) => sum + (isNetworks(name) ? cycles : 0),
      0,
    );
  };
}

/** Compiles the plugin; where it asks for a newer plugin interface than the emulator has, for the emulator's. */
function buildPlugin(source, folder) {
  const plugin = join(folder, "plugin.so");
  const compile = (text) =>
    execFileSync("gcc", ["-shared", "-fPIC", "-O2", "-x", "c", "-", "-o", plugin], {
      input: text,
      stdio: "pipe",
    });
  compile(source);
  const { stderr } = spawnSync(
    "qemu-system-arm",
    [
      "-M",
      "none",
      "-display",
      "none",
      "-monitor",
      "none",
      "-plugin",
      `${plugin},out=${join(folder, "none.txt")}`,
    ],
    { encoding: "utf8", timeout: 1000 },
  );
  const newest = /supports only up to version (\d+)/.exec(stderr)?.[1];
  if (newest !== undefined) {
    compile(source.replace(/(qemu_plugin_version\s*=\s*)\d+/, (_, start) => `${start}${newest}`));
  }
  return plugin;
}

function portOf(emulator) {
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk) => {
      text += chunk;
      const port = /redirected to (\S+)/.exec(text)?.[1];
      if (port !== undefined) resolve(port);
    };
    emulator.stdout.on("data", read);
    emulator.stderr.on("data", read);
    emulator.on("exit", (code) => reject(new Error(`the emulator ended with code ${code}: ${text.trim()}`)));
  });
}

/** Tells which functions are the network's: those that its object file defines. */
function networkFunctions(image) {
  const folder = join(image, "..");
  const names = execFileSync("sh", ["-c", 'arm-none-eabi-nm "$0"/*-network.o', folder], { encoding: "utf8" })
    .split("\n")
    .flatMap((line) => /^[0-9a-f]+ [tT] (\S+)$/.exec(line)?.[1] ?? []);
  const known = new Set(names);
  return (name) => known.has(name);
}
