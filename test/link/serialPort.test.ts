import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { LinuxPortBinding } from "@serialport/bindings-cpp";
import { describe, expect, it, onTestFinished } from "vitest";
import { expectNode, openStream, portHints } from "../../src/link/serialPort.js";

/** A terminal whose other end takes nothing until `output` is read. */
async function openSlowTerminal() {
  const hold = "stty raw -echo && tty >&3; exec 3>&-; read -r line <&4";
  const child = spawn("script", ["--quiet", "--command", hold, "/dev/null"], {
    stdio: ["pipe", "pipe", "inherit", "pipe", "pipe"],
    env: { ...process.env, SHELL: "/bin/sh" },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const [, output, , name] = child.stdio as unknown as Readable[];
  const [path] = await once(name!, "data");
  return { path: String(path).trim(), output: output! };
}

describe.skipIf(process.platform !== "linux")("a serial port", () => {
  it("goes on with a write when it begins to wait for bytes while the write waits for room", async () => {
    const { path, output } = await openSlowTerminal();
    const port = await openStream(path, { baudRate: 115_200 });
    onTestFinished(() => port.close());
    if (!(port.port instanceof LinuxPortBinding)) throw new Error("no binding of Linux");
    const { poller } = port.port;
    const sent = Buffer.alloc(1_000_000, "0123456789");
    const isFull = new Promise<void>((resolve) => {
      poller.on("newListener", (event) => event === "writable" && resolve());
    });
    port.write(sent);
    await isFull;
    // as the port's own reading does when an answer's last byte has come
    await new Promise<void>((resolve) => setImmediate(resolve));
    poller.once("readable", () => undefined);

    const received: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of output) {
      received.push(chunk);
      bytes += chunk.length;
      if (bytes >= sent.length) break;
    }
    expect(Buffer.concat(received).equals(sent)).toBe(true);
  });
});

describe("a port that cannot be opened", () => {
  it.each([
    ["linux", "ls /dev/tty* shows what is there", "fuser P tells which; end it"],
    ["darwin", "ls /dev/cu.* shows what is there", "lsof P tells which; end it"],
    [
      "win32",
      "the Device Manager lists what is there, under Ports (COM & LPT)",
      "end the terminal program or debugger that has it open",
    ],
  ] as const)("on %s has hints with tools of that system", (platform, list, holder) => {
    const hints = portHints(platform);
    expect([hints.list, hints.holder("P")]).toEqual([list, holder]);
  });
});

describe("another runtime than Node", () => {
  it.each(["Bun", "Deno"])(
    "%s is told so before its port is opened: the binding would crash, or read nothing",
    (runtime) => {
      expect(() => expectNode(runtime)).toThrow(
        `${runtime} cannot open serial ports: what reads them is native code for Node`,
      );
      expect(() => expectNode(undefined)).not.toThrow();
    },
  );
});
