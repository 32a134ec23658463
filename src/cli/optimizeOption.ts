import { type Command, Option } from "commander";
import { optimizeModes } from "../program/program.js";

/** Adds `--optimize`; undefined when it is not given, which means speed. */
export function addOptimizeOption(command: Command): Command {
  const text =
    "what to save on: instructions (speed: loops unrolled, each layer its own code), " +
    "flash (size: layers share code), or memory (ram: the smallest arena, slower kernels where they lower it); " +
    'outputs are the same bytes (default: "speed")';
  return command.addOption(new Option("--optimize <mode>", text).choices(optimizeModes));
}
