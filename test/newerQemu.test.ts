import { describe, expect, it } from "vitest";
import { deriveBackports, pinsMachine } from "../scripts/newerQemuPlan.mjs";
import { findBoard } from "../src/board/boards.js";

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
const stanzas = `# comment
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
const deb822 = { path: "/etc/apt/sources.list.d/debian.sources", text: stanzas };

describe("deriveBackports", () => {
  it("takes the source that brings the release, with the backports' suite", () => {
    expect(deriveBackports(debian, [deb822])).toEqual({
      suite: "bookworm-backports",
      from: deb822.path,
      ending: ".sources",
      text:
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm-backports\nComponents: main\n" +
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
    });
  });

  it("does so for files of one line an entry, with options too", () => {
    const path = "/etc/apt/sources.list";
    const text =
      "#deb http://other.example/debian bookworm main\n" +
      "deb-src http://mirror.example/debian bookworm main\n" +
      "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main contrib\n";
    expect(deriveBackports(debian, [{ path, text }])).toMatchObject({
      ...{ from: path, ending: ".list" },
      text: "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm-backports main contrib\n",
    });
  });

  it("takes the backports' own entry where there is one", () => {
    const line = { path: "/a.list", text: "deb http://own.example/debian bookworm-backports main" };
    expect(deriveBackports(debian, [deb822, line])).toEqual({
      ...{ suite: "bookworm-backports", from: "/a.list", ending: ".list" },
      text: "deb http://own.example/debian bookworm-backports main\n",
    });
    const text = stanzas.replace("bookworm-updates", "bookworm-backports");
    expect(deriveBackports(debian, [{ ...deb822, text }])).toMatchObject({
      text: expect.stringContaining("\nSuites: bookworm-backports\n"),
    });
  });

  it("leaves out what is switched off", () => {
    const text = stanzas.replace("Types: deb\n", "Enabled: no\nTypes: deb\n");
    expect(deriveBackports(debian, [{ ...deb822, text }])).toEqual({
      error: "apt's files name no source of bookworm",
    });
  });

  it("does nothing on another system", () => {
    const ubuntu = 'PRETTY_NAME="Ubuntu 24.04"\nVERSION_CODENAME=noble\nID=ubuntu\n';
    expect(deriveBackports(ubuntu, [deb822])).toEqual({
      error: "this is Ubuntu 24.04: there are no Debian backports for it",
    });
  });

  it("is about a board whose pins are emulated", () => {
    expect(findBoard(pinsMachine)).toMatchObject({ emulatorSince: "9.1", emulatedGpioAddress: 0x48000000 });
  });
});
