import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildFolder } from "../../src/board/buildFolder.js";
import { ChipMemory } from "../../src/board/chipMemory.js";
import { RomBootloader } from "../../src/board/romBootloader.js";
import { stm32f405 } from "../../src/flash/chips.js";
import { succeed, trainCorners } from "../endToEnd/projects.js";
import { complaintOf } from "../errors/fail.js";
import { temporaryDirectory } from "../firmware/images.js";
import { serve, serveFirmware, type TcpServer } from "../support/tcpServer.js";
import { startPinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const inputs = ["--input", path("samples/inputs.npy")];
let firmware: TcpServer;

beforeAll(async () => {
  trainCorners(folder);
  succeed("export-firmware", path("model.json"), "--board", "host", "--dut", "-o", path("host"));
  firmware = await serveFirmware((await buildFolder(path("host"))).image.elf);
});
afterAll(() => firmware?.close());

/** Runs beside the server, which is in this process. */
async function run(command: string, port: string, ...more: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await startPinfer([command, ...more, "--port", port]).ended;
  expect([command, code, code === 0 ? "" : stderr]).toEqual([command, 0, ""]);
  return stdout;
}

describe("a port behind a network", () => {
  it("is where a device is compared, inferred on, asked by text and watched as on a cable", async () => {
    const { name } = firmware;
    const model = path("model.json");
    expect(JSON.parse(await run("compare", name, model, ...inputs, "--json"))).toMatchObject({
      equal: true,
      device: { description: "TCP" },
    });
    expect(JSON.parse(await run("infer", name, ...inputs, "--json")).samples).toHaveLength(200);
    expect(await run("dut", name, model, ...inputs, "--limit", "8")).toContain("0 of 32 bytes differ");
    const monitor = startPinfer(["monitor", ...inputs, "--every", "1", "--json", "--port", name]);
    monitor.child.stdout!.once("data", () => monitor.child.kill("SIGINT"));
    expect(await monitor.ended).toMatchObject({
      stdout: expect.stringContaining('"event":"inference"'),
      stderr: "",
    });
    // The device was asked: this one counts nothing.
    const { ended } = startPinfer(["profile", model, "--port", name]);
    expect(complaintOf(await ended).error).toBe('board "host" counts neither cycles nor instructions');
  });

  it("is where a loader takes an image", async () => {
    const memory = new ChipMemory(stm32f405);
    const server = await serve((socket) => {
      const loader = new RomBootloader(memory);
      socket.on("data", (bytes) => {
        const answer = loader.receive(bytes);
        if (answer.length > 0) socket.write(answer);
      });
    });
    succeed("export-firmware", path("model.json"), "-o", path("board"));
    succeed("build", path("board"));
    const bin = path("board/build/firmware.bin");
    const stdout = await run("flash", server.name, bin, "--no-start");
    expect(stdout).toContain(`on ${server.name}, loader's protocol`);
    const written = readFileSync(bin);
    expect(Buffer.from(memory.flash.subarray(0, written.length)).equals(written)).toBe(true);
    await server.close();
  });

  it.each(["infer", "flash", "record"])("%s says why nobody is reached", async (command) => {
    const { name, close } = await serve(() => undefined);
    await close();
    const more = { infer: inputs, flash: [path("board/build/firmware.bin")], record: ["--label", "x"] };
    const { ended } = startPinfer([command, ...(more[command as "infer"] ?? []), "--port", name]);
    expect(complaintOf(await ended).error).toBe(`nobody listens at ${name}: the connection was refused`);
  });

  it("that hangs up ends a command with the reason", async () => {
    const server = await serve((socket) => socket.once("data", () => socket.end()));
    const { ended } = startPinfer(["infer", ...inputs, "--port", server.name]);
    expect(complaintOf(await ended).error).toBe(
      `port ${server.name} went away: the other side closed the connection`,
    );
    await server.close();
  });

  it("has neither RTS nor DTR", async () => {
    const { ended } = startPinfer(["infer", ...inputs, "--port", firmware.name, "--lines", "-rts"]);
    expect(complaintOf(await ended)).toEqual({
      error: `the port has no line RTS to set: ${firmware.name} carries nothing but bytes; rfc2217:// sets lines`,
      hint: "leave --lines out: there is nothing that it could set",
    });
  });
});
