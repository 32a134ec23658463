import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type Facts, packagesAreCurrent, planSetup } from "../scripts/setupPlan.mjs";

const complete: Facts = {
  nodeVersion: "20.15.0",
  packagesCurrent: true,
  missing: [],
  packageManager: "apt",
  isRoot: false,
  hasSudo: true,
};

const root = fileURLToPath(new URL("..", import.meta.url));
const emptyPath = mkdtempSync(join(tmpdir(), "pinfer-setup-"));
const stub = (program: string, script: string): void =>
  writeFileSync(join(emptyPath, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
symlinkSync(process.execPath, join(emptyPath, "node"));
afterAll(() => rmSync(emptyPath, { recursive: true }));

describe("planSetup", () => {
  it("does nothing on a complete machine", () => {
    expect(planSetup(complete)).toEqual({ steps: [] });
  });

  it("refuses a Node.js that is too old and names both versions", () => {
    expect(planSetup({ ...complete, nodeVersion: "20.14.9" }).error).toBe(
      "error: pinfer needs Node.js 20.15 or newer; this is 20.14.9\n" +
        "hint: install one from https://nodejs.org or with your version manager",
    );
    expect(planSetup({ ...complete, nodeVersion: "18.20.4" }).error).toContain("this is 18.20.4");
    expect(planSetup({ ...complete, nodeVersion: "24.1.0" }).error).toBeUndefined();
  });

  it("installs npm packages before anything else", () => {
    const { steps } = planSetup({ ...complete, packagesCurrent: false, missing: ["make"] });

    expect(steps?.map((step) => step.commands[0]?.slice(-2))).toEqual([
      ["npm", "ci"],
      ["apt-get", "update"],
    ]);
  });

  it("says what apt-get installs and why, and uses sudo when not root", () => {
    const { steps } = planSetup({ ...complete, missing: ["newlib for arm-none-eabi", "qemu-system-arm"] });

    expect(steps).toEqual([
      {
        say:
          "setup: missing on this machine:\n" +
          "  newlib for arm-none-eabi: the C library's headers and memcpy for the board\n" +
          "  qemu-system-arm: is the virtual board\n" +
          "setup: installing with apt-get: libnewlib-arm-none-eabi qemu-system-arm",
        commands: [
          "sudo env DEBIAN_FRONTEND=noninteractive apt-get update".split(" "),
          "sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libnewlib-arm-none-eabi qemu-system-arm".split(
            " ",
          ),
        ],
      },
    ]);
  });

  it("uses no sudo as root, and names each package once", () => {
    const { steps } = planSetup({ ...complete, isRoot: true, missing: ["gcc", "sanitizers of gcc"] });

    expect(steps?.[0]?.commands[1]?.join(" ")).toBe(
      "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gcc libc6-dev",
    );
  });

  it("prints what root has to type when there is no sudo", () => {
    expect(planSetup({ ...complete, hasSudo: false, missing: ["make"] }).error).toBe(
      "error: missing on this machine:\n  make: tries the exported Makefile\n" +
        "hint: there is no sudo here; as root, type\n" +
        "  apt-get update\n  apt-get install -y --no-install-recommends make",
    );
  });

  it.each([
    ["brew", "  brew install --cask gcc-arm-embedded\n  brew install qemu\n"],
    ["dnf", "  sudo dnf install arm-none-eabi-gcc-cs qemu-system-arm\n"],
    ["pacman", "  sudo pacman -S arm-none-eabi-gcc qemu-system-arm\n"],
  ] as const)("prints the exact commands for %s and installs nothing itself", (packageManager, commands) => {
    const plan = planSetup({
      ...complete,
      packageManager,
      missing: ["arm-none-eabi-gcc", "qemu-system-arm"],
    });

    expect(plan.steps).toBeUndefined();
    expect(plan.error).toContain(`hint: type\n${commands}then run the command again`);
  });

  it("asks for the system's package manager when it knows none", () => {
    expect(planSetup({ ...complete, packageManager: null, missing: ["qemu-system-arm"] }).error).toBe(
      "error: missing on this machine:\n  qemu-system-arm: is the virtual board\n" +
        "hint: install them with your system's package manager, then run the command again",
    );
  });
});

describe("packagesAreCurrent", () => {
  const lock = {
    packages: { "": { version: "1.0.0" }, "node_modules/a": { version: "2.0.0" } },
  };

  it("holds when every package of the lock file is installed in its version", () => {
    expect(packagesAreCurrent(lock, { packages: { "node_modules/a": { version: "2.0.0" } } })).toBe(true);
  });

  it("fails on no packages, on a missing one and on another version", () => {
    expect(packagesAreCurrent(lock, null)).toBe(false);
    expect(packagesAreCurrent(lock, { packages: {} })).toBe(false);
    expect(packagesAreCurrent(lock, { packages: { "node_modules/a": { version: "2.0.1" } } })).toBe(false);
  });

  it("lets optional packages be absent: they are for other machines", () => {
    const optional = { packages: { "node_modules/b": { version: "1.0.0", optional: true } } };
    expect(packagesAreCurrent(optional, { packages: {} })).toBe(true);
  });
});

describe("setup.mjs", () => {
  it("names everything it misses when PATH holds nothing but node", () => {
    const { status, stderr } = spawnSync("node", [join(root, "scripts", "setup.mjs"), "--test"], {
      env: { PATH: emptyPath },
      encoding: "utf8",
    });

    expect(status).toBe(1);
    expect(stderr).toContain("  arm-none-eabi-gcc: compiles the generated C for the board\n");
    expect(stderr).toContain(
      "  newlib for arm-none-eabi: the C library's headers and memcpy for the board\n",
    );
    expect(stderr).toContain("  cmake: tries the exported CMakeLists.txt\n");
    expect(stderr).toContain("hint: install them with your system's package manager");
  });

  it("installs with apt-get, and says so when the programs are not there afterwards", () => {
    const log = join(emptyPath, "log");
    stub("apt-get", `echo apt-get "$@" "DEBIAN_FRONTEND=$DEBIAN_FRONTEND" >> "${log}"`);
    stub("env", 'export "$1"; shift; exec "$@"');
    stub("sudo", 'exec "$@"');
    const { status, stdout, stderr } = spawnSync("node", [join(root, "scripts", "setup.mjs")], {
      env: { PATH: emptyPath },
      encoding: "utf8",
    });

    expect(stdout).toContain(
      "setup: installing with apt-get: gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm bsdutils\n",
    );
    expect(readFileSync(log, "utf8")).toBe(
      "apt-get update DEBIAN_FRONTEND=noninteractive\n" +
        "apt-get install -y --no-install-recommends gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm bsdutils " +
        "DEBIAN_FRONTEND=noninteractive\n",
    );
    expect(stderr).toBe(
      "error: still missing after installing: arm-none-eabi-gcc, newlib for arm-none-eabi, qemu-system-arm, script\n" +
        "hint: are they in a folder that PATH leaves out?\n",
    );
    expect(status).toBe(1);
  });

  it("names the command that failed", () => {
    stub("apt-get", "echo no network >&2; exit 100");
    const { status, stderr } = spawnSync("node", [join(root, "scripts", "setup.mjs")], {
      env: { PATH: emptyPath },
      encoding: "utf8",
    });

    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^no network\nerror: `(sudo )?env DEBIAN_FRONTEND=noninteractive apt-get update` failed: exit code 100\nhint: mend what it says above, then run the command again\n$/,
    );
  });
});
