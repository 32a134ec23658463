import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportFirmware } from "../../codegen/exportFirmware.js";
import type { NamingOptions } from "../../codegen/generatedNetwork.js";
import { expectNetworkName } from "../../codegen/networkNames.js";
import { UserError } from "../../src/base/errors.js";
import { findBoard } from "../../src/board/boards.js";
import { buildFolder } from "../../src/board/buildFolder.js";
import { openProcessDevice } from "../../src/link/processDevice.js";
import { runProgram } from "../../src/program/runProgram.js";
import { temporaryDirectory } from "../firmware/images.js";
import { randomInput, randomPlantedNetwork } from "../support/plantedNetworks.js";

const directory = temporaryDirectory();
const network = randomPlantedNetwork(4);

function exportInto(folder: string, board: string, options: NamingOptions) {
  const exported = exportFirmware(network, findBoard(board), options);
  for (const { path, data } of exported.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), data);
  }
  return exported;
}

function refusal(name: string): { message: string; hint?: string | undefined } {
  try {
    expectNetworkName(name);
  } catch (error) {
    const { message, hint } = error as UserError;
    return { message, hint };
  }
  return { message: "accepted" };
}

describe("firmware around a network", () => {
  const cases: readonly NamingOptions[] = [
    {},
    { name: "gesture" },
    { name: "gesture", arena: "shared" },
    { name: "network", arena: "own" },
  ];
  it.each(cases)("answers the link with the host's bytes, exported with %o", async (options) => {
    // one folder: what an earlier export left in it has no say
    const folder = join(directory, "firmware");
    const { program, manifest, files } = exportInto(folder, "host", options);
    const { name = "network" } = options;
    expect(files.slice(0, 2).map(({ path }) => path)).toEqual([`${name}.h`, `${name}.c`]);
    expect(manifest.name).toBe(name === "network" ? undefined : name);
    const { image } = await buildFolder(folder);
    const device = openProcessDevice(image.elf);
    try {
      const input = randomInput(network, 5);
      expect((await device.run(input)).output).toEqual(runProgram(program, input));
    } finally {
      await device.close();
    }
  });

  it.each(cases)(
    "keeps the arena apart from other variables on a board, exported with %o",
    async (options) => {
      const folder = join(directory, "board");
      const { program } = exportInto(folder, "olimex-stm32-h405", options);
      const { image } = await buildFolder(folder);
      expect(image.sizes!.arenaBytes).toBe(4 * Math.ceil(program.arenaBytes / 4));
      expect(image.sizes!.staticRamBytes).toBeLessThan(2048);
    },
  );
});

describe("a network's name in C", () => {
  it.each(["network", "gesture", "g", "key_words_2", "a".repeat(24)])("may be %s", (name) => {
    expect(refusal(name).message).toBe("accepted");
  });

  const pattern = "expected lower-case letters, digits and single underscores between them, a letter first";
  it.each([
    ["Gesture", pattern, "gesture"],
    ["keyWords", pattern, "key_words"],
    ["key words", pattern, "key_words"],
    ["2fast", pattern, "fast"],
    ["_private", pattern, "private"],
    ["two__words", pattern, "two_words"],
    ["ends_", pattern, "ends"],
    ["größe", pattern, "gr_e"],
    ["", pattern, "gesture"],
    ["../evil", pattern, "evil"],
    ['a"; rm -rf /', pattern, "a_rm_rf"],
    ["String", pattern, "gesture"],
    [
      "a".repeat(25),
      "it has 25 characters, at most 24 fit before those of tables and layers",
      "a".repeat(24),
    ],
    ["string", "string.h is a file of C's library or of the firmware", "string_network"],
    ["stdint", "stdint.h is a file of C's library or of the firmware", "stdint_network"],
    ["pins", "pins.h is a file of C's library or of the firmware", "pins_network"],
  ])("is not %o: %s", (name, problem, example) => {
    expect(refusal(name)).toEqual({
      message: `a network cannot be called "${name}" in C: ${problem}`,
      hint: `for example --name ${example}`,
    });
    expect(refusal(example).message).toBe("accepted");
  });

  it("is one of its own where the arena is the caller's", () => {
    const error = (() => {
      try {
        exportFirmware(network, findBoard("host"), { arena: "shared" });
      } catch (caught) {
        return caught;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      message:
        'a network that shares its arena needs a name of its own in C; "network" is what every other one is called',
      hint: "for example --name gesture",
    });
  });
});
