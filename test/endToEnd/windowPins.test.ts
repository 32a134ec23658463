import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryDirectory } from "../firmware/images.js";
import { succeed } from "./projects.js";

const model = join(temporaryDirectory(), "gestures.json");
const root = fileURLToPath(new URL("../..", import.meta.url));

/** Every emulated board, with pins driven from outside: `node scripts/windowsOnPins.mjs`. */
it("the commands of docs/pins.md train the gestures and bring a recording of shakes to the firmware's pins", () => {
  const [, section] = readFileSync(join(root, "docs/pins.md"), "utf8").split("## Windows");
  const [train, pins] = section!
    .split("\n")
    .flatMap((line) => /^npx pinfer (.*?)( +#.*)?$/.exec(line)?.[1] ?? []);
  const run = (command: string) =>
    succeed(...command.split(" ").map((word) => word.replace("gestures.json", model)));
  expect([train, pins].map((command) => command!.split(" ")[0])).toEqual(["train", "pins"]);
  run(train!);
  const { stdout } = run(pins!);
  expect(stdout).toContain("160 moments of 3 pins, one every 40 ms; windows of 24, a new one every 8;");
  expect(stdout).toContain("olimex-stm32-h405: 18 of 18 windows equal in input, output, average and levels");
  expect(stdout).toMatch(/^ +40 +0 +0 +0 0 *$/m); // the LED, lit when low, is for shake
});
