import { Option } from "commander";
import { optimizeModes } from "../program.js";

/** What to save on where a model is exported. */
export function optimizeOption(): Option {
  return new Option("--optimize <for>", "save instructions, flash or RAM (default: speed)").choices(
    optimizeModes,
  );
}
