import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { controlPath, removeForsaken } from "../../src/board/boardControl.js";
import { openBoardPorts } from "../../src/board/boardPorts.js";
import { openPort } from "../../src/link/openPort.js";
import type { Port } from "../../src/link/port.js";
import { pinfer } from "../cli/pinfer.js";
import { succeed, trainCorners } from "../endToEnd/projects.js";
import { startBoard } from "../endToEnd/startBoard.js";
import { temporaryDirectory } from "../firmware/images.js";
import { until } from "../support/until.js";

const folder = temporaryDirectory();
const path = (name: string): string => join(folder, name);
const settings = { baudRate: 115_200 };

function hear(port: Port): { bytes: number[]; broken: Promise<Error> } {
  const bytes: number[] = [];
  return { bytes, broken: new Promise((resolve) => port.listen((more) => bytes.push(...more), resolve)) };
}

describe("the ports of a virtual board", () => {
  it("carry bytes both ways, and the newest program has the TCP port", async () => {
    const heard: number[] = [];
    const ports = await openBoardPorts((bytes) => heard.push(...bytes));
    const first = await openPort(ports.tcp, settings);
    const { broken } = hear(first);
    await first.write(Uint8Array.of(1));
    await until(() => heard.length === 1);
    const second = await openPort(ports.tcp, settings);
    expect((await broken).message).toMatch(/went away/);
    await second.write(Uint8Array.of(2));
    await until(() => heard.length === 2);
    const { bytes } = hear(second);
    ports.send(Uint8Array.of(3, 255));
    await until(() => bytes.length === 2);
    expect([heard, bytes]).toEqual([
      [1, 2],
      [3, 255],
    ]);
    await second.close();
    await ports.close();
  });

  it("are a TCP port alone where there is no pty, with the reason", async () => {
    vi.stubEnv("PATH", "/nowhere");
    const ports = await openBoardPorts(() => undefined);
    vi.unstubAllEnvs();
    expect(ports).toMatchObject({ pty: undefined, noPty: "script is not installed" });
    ports.send(Uint8Array.of(1)); // to nobody
    await ports.close();
  });

  it("listen on this computer only, and tell when a number is taken", async () => {
    const ports = await openBoardPorts(() => undefined);
    const number = Number(ports.tcp.split(":").at(-1));
    await expect(openBoardPorts(() => undefined, number)).rejects.toMatchObject({
      message: expect.stringContaining(`cannot listen on port ${number} of this computer: `),
      hint: "give another --tcp, or none: the system chooses one",
    });
    const other = connect(number, "127.0.0.2");
    await expect(once(other, "connect")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await ports.close();
  });

  it("have a control socket each, which is found by any name of the port", () => {
    expect(controlPath("tcp://localhost:4000")).toBe(controlPath("tcp://127.0.0.1:4000"));
    expect(controlPath("/dev/pts/3")).toMatch(/pinfer-dev-pts-3\.sock$/);
  });
});

describe("control sockets", () => {
  it("of boards that were killed go when the next one starts; those of others stay", async () => {
    const temporary = temporaryDirectory();
    vi.stubEnv("TMPDIR", temporary);
    const listen = `require("net").createServer().listen(process.argv[1], () => process.stdout.write("listens"))`;
    const startListener = async (name: string) => {
      const child = spawn(process.execPath, ["-e", listen, join(temporary, name)]);
      await once(child.stdout, "data");
      return child;
    };
    const killed = await startListener("pinfer-tcp-127-0-0-1-4000.sock");
    const alive = await startListener("pinfer-dev-pts-3.sock");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    writeFileSync(join(temporary, "pinfer-file.sock"), "");
    await removeForsaken();
    expect(readdirSync(temporary).sort()).toEqual(["pinfer-dev-pts-3.sock", "pinfer-file.sock"]);
    alive.kill();
    vi.unstubAllEnvs();
  });
});

describe("pinfer board without a pty", () => {
  beforeAll(() => {
    trainCorners(folder);
    succeed("export-firmware", path("model.json"), "-o", path("firmware"));
    succeed("build", path("firmware"));
    mkdirSync(path("bin"));
    for (const program of ["sh", "qemu-system-arm", "taskset"]) {
      const found = execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
      symlinkSync(found, join(path("bin"), program));
    }
  });

  it("is flashed and compared by its TCP port", async () => {
    const board = await startBoard([], { env: { ...process.env, PATH: path("bin") } });
    expect(board.port).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    succeed("flash", path("firmware"), "--port", board.port);
    const inputs = ["--input", path("samples/inputs.npy")];
    const { stdout } = pinfer(["compare", path("model.json"), "--port", board.port, ...inputs, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ equal: true, device: { description: "TCP" } });
    board.child.stdin!.end();
    expect((await board.ended).code).toBe(0);
  });

  it("lets gdb look at the program, which goes on when it has gone", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    const env = { ...process.env, PATH: path("bin") };
    const board = await startBoard(["--gdb", String(port)], { env });
    succeed("flash", path("firmware"), "--port", board.port);
    const gdb = connect(port, "127.0.0.1").setEncoding("latin1");
    let said = "";
    gdb.on("data", (text) => {
      said += text;
    });
    /** Source: GDB's manual, E.1 (packets), E.2 (m: memory, D: detach). */
    const send = (packet: string): void => {
      const sum = [...packet].reduce((total, letter) => total + letter.charCodeAt(0), 0) % 256;
      gdb.write(`$${packet}#${sum.toString(16).padStart(2, "0")}`);
    };
    const image = readFileSync(path("firmware/build/firmware.bin"));
    send("m8000000,10");
    await until(() => said.includes(`$${image.toString("hex", 0, 16)}#`));
    send("D");
    await until(() => said.includes("$OK#"));
    gdb.destroy();
    const inputs = ["--input", path("samples/inputs.npy"), "--limit", "3"];
    const { stdout } = pinfer(["compare", path("model.json"), "--port", board.port, ...inputs, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ equal: true });
    board.child.stdin!.end();
    expect((await board.ended).code).toBe(0);
  });

  it("takes a number from 1 to 65535", () => {
    expect(pinfer(["board", "--tcp", "0"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Expected a port number from 1 to 65535."),
    });
  });
});
