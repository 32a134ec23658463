import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openProcessLine } from "../../../src/link/processDevice.js";
import { temporaryDirectory } from "../../firmware/images.js";
import { tellsIdleness } from "../../support/idle.js";
import { faultNames, runFault } from "./runFaults.js";
import { compileFixture, type EmulatedStand, expected, startEmulatedStand } from "./stands.js";

const directory = temporaryDirectory();

if (!tellsIdleness)
  console.warn("skipped: time passes only while the firmware sleeps, which only Linux tells");
const describeWhereTold = describe.runIf(tellsIdleness);

async function survive(
  fault: string,
  { openEnd, restart }: Pick<EmulatedStand, "openEnd"> & Partial<EmulatedStand>,
  injections: number,
): Promise<void> {
  const { messages, ...row } = await runFault(fault, { openEnd, restart, expected, injections, seed: 5 });
  expect([...messages].filter((message) => /undefined|NaN|\[object/.test(message))).toEqual([]);
  expect(row).toMatchObject({ injections, wrong: 0, hangs: 0, crashes: 0 });
}

describeWhereTold("the host's code and the firmware under the sanitizers, on a line under fire", () => {
  let executable: string;
  beforeAll(async () => {
    ({ elf: executable } = await compileFixture("host", `${directory}/host`, { sanitize: true }));
  });

  it("has more than twelve kinds of fault to survive", () => {
    expect(new Set(faultNames).size).toBeGreaterThan(12);
  });

  it.each(faultNames)("gives what is right, or says why not: %s", async (fault) => {
    await survive(fault, { openEnd: () => openProcessLine(executable) }, 12);
  });
});

describeWhereTold("the host's code and the emulated board, on a line under fire", () => {
  let stand: EmulatedStand;
  beforeAll(async () => {
    stand = await startEmulatedStand("olimex-stm32-h405", `${directory}/board`);
  });
  afterAll(() => stand?.close());

  it.each(faultNames)("gives what is right, or says why not: %s", async (fault) => {
    await survive(fault, stand, 3);
  });
});
