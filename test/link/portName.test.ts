import { describe, expect, it } from "vitest";
import { readPortName } from "../../src/link/portName.js";
import { userError } from "../train/userError.js";

describe("readPortName", () => {
  it.each(["/dev/ttyUSB0", "COM4", "\\\\.\\COM10", "/dev/serial/by-id/usb-STM_1:2-if02", "tty:0"])(
    "takes %s for a path of this computer",
    (path) => {
      expect(readPortName(path)).toEqual({ kind: "serial", path });
    },
  );

  it("tells a server that speaks RFC 2217 by its scheme", () => {
    expect(readPortName("rfc2217://lab:2217")).toEqual({ kind: "rfc2217", host: "lab", port: 2217 });
  });

  it.each([
    ["tcp://localhost:4000", "localhost", 4000],
    ["tcp://192.168.1.20:1", "192.168.1.20", 1],
    ["tcp://lab-3.example.org:65535", "lab-3.example.org", 65_535],
    ["tcp://[::1]:4000", "::1", 4000],
    ["tcp://[fe80::1%eth0]:4000", "fe80::1%eth0", 4000],
  ])("reads host and port number of %s", (text, host, port) => {
    expect(readPortName(text)).toEqual({ kind: "tcp", host, port });
  });

  const example = "give a path such as /dev/ttyUSB0 or COM4, tcp://host:port or rfc2217://host:port";
  it.each([
    ["", "the port has no name", example],
    ["http://lab:80", 'port "http://lab:80" begins with "http://"; expected tcp:// or rfc2217://', example],
    ["TCP://lab:80", 'port "TCP://lab:80" begins with "TCP://"; expected tcp:// or rfc2217://', example],
    [
      "tcp://lab",
      'port "tcp://lab": expected a host and a port number, with a colon between',
      "write it like tcp://host:port",
    ],
    [
      "tcp://::1:4000",
      'port "tcp://::1:4000": expected brackets around an IPv6 address, found "::1"',
      "write it like tcp://[::1]:4000",
    ],
    [
      "tcp://[lab]:4000",
      'port "tcp://[lab]:4000": expected an IPv6 address in the brackets, found "lab"',
      "write it like tcp://[::1]:4000",
    ],
    [
      "tcp://user@lab:4000",
      'port "tcp://user@lab:4000": expected a host of letters, digits, dots and hyphens, found "user@lab"',
      "write it like tcp://lab.example.org:4000",
    ],
    [
      "tcp://:4000",
      'port "tcp://:4000": expected a host of letters, digits, dots and hyphens, found ""',
      "write it like tcp://lab.example.org:4000",
    ],
    ...["0", "65536", "", "4000/", "0x10", "-1", "1e3"].map((digits) => [
      `tcp://lab:${digits}`,
      `port "tcp://lab:${digits}": expected a port number from 1 to 65535, found "${digits}"`,
      "write it like tcp://host:4000",
    ]),
  ])("refuses %j with what is not as expected", (text, message, hint) => {
    expect(() => readPortName(text)).toThrow(userError(message, hint));
  });

  it("says no byte of a name that a terminal would act on", () => {
    expect(() => readPortName("tcp://\x1b[2J\u202e:1")).toThrow(/^[\x20-\x7e]+$/);
  });
});
