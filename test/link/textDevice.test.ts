import { describe, expect, it } from "vitest";
import type { Line } from "../../src/link/line.js";
import { TextDevice } from "../../src/link/textDevice.js";

/** A line that says the text whenever this process has nothing else to do, until it is closed. */
function chatter(text: string): Line & { readonly said: () => number } {
  let isOpen = true;
  let said = 0;
  return {
    ...{ name: "chatter", bytesPerSecond: 1_000_000, said: () => said, write: () => undefined },
    listen: (onBytes) => {
      const bytes = Buffer.from(text, "latin1");
      const speak = (): void => {
        if (!isOpen) return;
        said++;
        onBytes(bytes);
        setImmediate(speak);
      };
      setImmediate(speak);
    },
    close: async () => {
      isOpen = false;
    },
  };
}

/** A line that answers each command with the text. */
function answering(text: string): Line {
  let take: (bytes: Uint8Array) => void = () => undefined;
  return {
    ...{ name: "answering", bytesPerSecond: 1_000_000 },
    write: (bytes) => {
      if (bytes.length > 1) take(Buffer.from(text, "latin1"));
    },
    listen: (onBytes) => {
      take = onBytes;
    },
    close: async () => undefined,
  };
}

describe("a board that never stops talking", () => {
  it("is given up when it is ready again and again, though it tells its name", async () => {
    const line = chatter("m-name-x\r\nm-ready\r\n");
    const device = new TextDevice(line);
    await expect(device.greet()).rejects.toThrow("chatter says m-ready again and again without being asked");
    await device.close();
  });

  it("is given up after a megabyte without m-ready, whatever stands in it", async () => {
    for (const text of ["A".repeat(60_000), "m-results-[1]\r\n".repeat(4000), "\n".repeat(60_000)]) {
      const line = chatter(text);
      const device = new TextDevice(line);
      await expect(device.command("infer 1 0", 1_000_000)).rejects.toThrow(
        "chatter has sent more than 1048576 bytes without m-ready",
      );
      expect(line.said()).toBeLessThan(20);
      await device.close();
    }
  });

  it("is given up when it is ready more often than anybody waits", async () => {
    const line = chatter("m-ready\r\n".repeat(1000));
    const device = new TextDevice(line);
    await expect(device.greet()).rejects.toThrow("chatter says m-ready again and again without being asked");
    await device.close();
  });
});

describe("what a board answers", () => {
  it("is read however it is torn, up to m-ready", async () => {
    const text = "m-profile-[x]\r\nm-model-[a b]\r\nm-ready\r\n";
    for (let cut = 0; cut <= text.length; cut++) {
      let take: (bytes: Uint8Array) => void = () => undefined;
      const device = new TextDevice({
        ...answering(""),
        write: () => {
          take(Buffer.from(text.slice(0, cut)));
          take(Buffer.from(text.slice(cut)));
        },
        listen: (onBytes) => {
          take = onBytes;
        },
      });
      expect(await device.model()).toBe("a b");
    }
  });

  it("is shown short and printable where it is an error, or not what was asked for", async () => {
    const hostile = `e-[\x1b[2J${"A".repeat(5000)}]\r\nm-ready\r\n`;
    await expect(new TextDevice(answering(hostile)).command("results")).rejects.toThrow(
      /^answering answered e-\[\?\[2JA{112}… to "results%"$/,
    );
    const other = `${"\x9bhm\r\n".repeat(50)}m-ready\r\n`;
    await expect(new TextDevice(answering(other)).model()).rejects.toThrow(
      'answering answered profile with "?hm", "?hm", "?hm", "?hm" … 50 lines; expected ',
    );
  });
});
