import { register as registerBoard } from "./board.js";
import { register as registerBoards } from "./boards.js";
import { register as registerBuild } from "./build.js";
import { register as registerClient } from "./client.js";
import type { RegisterCommand } from "./commandLine.js";
import { register as registerCompare } from "./compare.js";
import { register as registerDiff } from "./diff.js";
import { register as registerDoctor } from "./doctor.js";
import { register as registerDut } from "./dut.js";
import { register as registerExportFirmware } from "./exportFirmware.js";
import { register as registerFlash } from "./flash.js";
import { register as registerImport } from "./import.js";
import { register as registerInfer } from "./infer.js";
import { register as registerInit } from "./init.js";
import { register as registerMonitor } from "./monitor.js";
import { register as registerPins } from "./pins.js";
import { register as registerPredict } from "./predict.js";
import { register as registerProfile } from "./profile.js";
import { register as registerRecord } from "./record.js";
import { register as registerSearch } from "./search.js";
import { register as registerStream } from "./stream.js";
import { register as registerSummary } from "./summary.js";
import { register as registerTrain } from "./train.js";
import { register as registerUpdate } from "./update.js";

/** Every command, in the order of `pinfer --help`. */
export const commands: readonly RegisterCommand[] = [
  registerInit,
  registerTrain,
  registerSearch,
  registerImport,
  registerStream,
  registerExportFirmware,
  registerBuild,
  registerBoard,
  registerFlash,
  registerUpdate,
  registerInfer,
  registerClient,
  registerCompare,
  registerDut,
  registerMonitor,
  registerRecord,
  registerProfile,
  registerPins,
  registerPredict,
  registerSummary,
  registerDiff,
  registerBoards,
  registerDoctor,
];
