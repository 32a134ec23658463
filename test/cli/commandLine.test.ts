import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import { exitCodeBug, exitCodeFailed, printWarning, reportError } from "../../src/cli/commandLine.js";
import { pinfer } from "./pinfer.js";

function report(error: unknown): { code: number; text: string } {
  let text = "";
  const code = reportError(error, (part) => {
    text += part;
  });
  return { code, text };
}

describe("pinfer", () => {
  it("tells its version, which is the package's", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect(pinfer(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("shows in its help no default that tells nothing, and addresses in hexadecimal", () => {
    const { stdout } = pinfer(["flash", "--help"]);
    expect(stdout).toContain("(default: 0x08000000)");
    expect(stdout + pinfer(["pins", "--help"]).stdout).not.toMatch(/default: (false|\[\])/);
  });

  it("shows an example in the help of every command", () => {
    const listed = [...pinfer(["--help"]).stdout.matchAll(/^ {2}([a-z][a-z-]+) .*/gm)].map(
      ([, name]) => name,
    );
    expect(listed).toContain("boards");
    for (const name of listed)
      expect(pinfer([name, "--help"]).stdout).toContain(`Examples:\n  pinfer ${name}`);
  }, 60_000);

  it("ends with 2 on an unknown command or option, and points to the help", () => {
    expect(pinfer(["bords"])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: unknown command 'bords'\n  (Did you mean boards?)\n" +
        "hint: `pinfer --help` lists the commands, `pinfer <command> --help` explains one\n",
    });
    expect(pinfer(["boards", "--x"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("unknown option '--x'"),
    });
    expect(pinfer([]).code).toBe(2);
  });

  it("says what to do where few files may be open at once", () => {
    const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
    const script = `ulimit -n 24; exec "${process.execPath}" "${main}" boards`;
    const { status, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
    expect(stderr).toMatch(
      /^error: EMFILE: too many open files, open '.*'\nhint: allow more open files with `ulimit -n 1024`\n$/,
    );
    expect(status).toBe(1);
  });

  it("ends quietly when the reader of its output is gone", () => {
    const main = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
    const script = `set -o pipefail; "${process.execPath}" "${main}" boards --json | true`;
    expect(spawnSync("bash", ["-c", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("reportError", () => {
  it("takes a full disk for no bug", () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    expect(report(error)).toEqual({
      code: exitCodeFailed,
      text: "error: ENOSPC: no space left on device, write\nhint: the disk is full: make room on it\n",
    });
  });

  it("prints a user's mistake as message and hint, without a stack", () => {
    expect(report(new UserError("model.json: no such file", "train one first"))).toEqual({
      code: exitCodeFailed,
      text: "error: model.json: no such file\nhint: train one first\n",
    });
    expect(report(new UserError("model.json: no such file")).text).toBe("error: model.json: no such file\n");
  });

  it("leaves nothing in it that a terminal acts on, such as a network's name from the wire", () => {
    const error = new UserError('the board runs network "\u001b[2J\u009bm"', "flash \u202eanother");
    expect(report(error).text).toBe('error: the board runs network "?[2J?m"\nhint: flash ?another\n');
  });

  it("keeps the stack of our own mistakes and asks to report them", () => {
    const { code, text } = report(new Error("arena offset -1"));
    expect(code).toBe(exitCodeBug);
    expect(text).toMatch(/^Error: arena offset -1\n {4}at .*commandLine\.test\.ts/);
    expect(
      text.endsWith(
        "error: this is a bug in pinfer\nhint: please report it with the command you typed and the lines above\n",
      ),
    ).toBe(true);
  });
});

describe("printWarning", () => {
  it("has the form of an error, and nothing in it that a terminal acts on", () => {
    let text = "";
    printWarning({ message: 'column "\u001b[2J" hardly varies', hint: "leave it out" }, (part) => {
      text += part;
    });
    expect(text).toBe('warning: column "?[2J" hardly varies\nhint: leave it out\n');
  });
});
