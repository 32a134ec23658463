#!/usr/bin/env node
import { register as registerBoards } from "./boards.js";
import { runCommandLine } from "./commandLine.js";
import { register as registerDoctor } from "./doctor.js";

await runCommandLine([registerBoards, registerDoctor], process.argv.slice(2));
