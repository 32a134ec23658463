import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createProgram } from "../../src/cli/commandLine.js";
import { commands } from "../../src/cli/commands.js";
import { cornersExperiment, succeed } from "../endToEnd/projects.js";
import { temporaryDirectory } from "../firmware/images.js";
import { pinfer } from "./pinfer.js";

const folder = temporaryDirectory();
const experiment = join(folder, "experiment.ts");
const model = join(folder, "model.json");
const samples = join(folder, "samples");

it("--quiet shows no progress, only the result; warnings and errors stay", () => {
  writeFileSync(experiment, cornersExperiment);
  const words = ["train", experiment, "-o", model, "--test-samples", samples];
  const loud = succeed(...words);
  const quiet = succeed(...words, "--quiet");
  expect(loud.stderr).toContain("training 2400/2400");
  expect(quiet).toEqual({ ...loud, stderr: "" });

  const compare = ["compare", model, "--host-c", "--input", join(samples, "inputs.npy"), "-q"];
  expect(succeed(...compare)).toMatchObject({
    stderr: "",
    stdout: expect.stringContaining("0 of 800 bytes differ"),
  });
  expect(pinfer([...compare, "--max-flash", "1B"]).stderr).toBe(
    "error: --max-flash 1 B cannot be judged: no image was built for a board\nhint: add --virtual, or hold it by `pinfer build`\n",
  );
});

it("--quiet is an option of every command that shows progress", () => {
  const quiet = createProgram(commands)
    .commands.filter(({ options }) => options.some(({ long }) => long === "--quiet"))
    .map((command) => command.name());
  const progress = ["compare", "dut", "flash", "infer", "profile", "record", "search", "train", "update"];
  expect(quiet.sort()).toEqual(progress);
});
