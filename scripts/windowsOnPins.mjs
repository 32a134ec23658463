// Windows on the pins of every emulated board that has a way to them: 6 or 3 pins at 119 moments, by the chip's own
// clock and moment by moment against the host; exits with 1 when a byte differs, a window is missing, or an image takes
// more than was counted for it.
//
//   node scripts/windowsOnPins.mjs [olimex-stm32-h405 pico b-l475e-iot01a …]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  codeFlashBytes,
  pinFlashBytes,
  staticRamBytes,
  windowFlashBytes,
} from "../dist/codegen/exportFirmware.js";
import { writeFirmware } from "../dist/codegen/writeFirmware.js";
import { Random } from "../dist/src/base/random.js";
import { findBoard } from "../dist/src/board/boards.js";
import { buildFolder } from "../dist/src/board/buildFolder.js";
import { hasEmulatedPins } from "../dist/src/board/emulatedPins.js";
import { startVirtualBoard } from "../dist/src/board/virtualBoard.js";
import { openSerialDevice } from "../dist/src/link/serialDevice.js";
import { wanderingReadings } from "../dist/src/pins/momentReadings.js";
import { planPins } from "../dist/src/pins/planPins.js";
import { tryRecording } from "../dist/src/pins/tryRecording.js";
import { planProgram } from "../dist/src/plan/planProgram.js";

const moments = 119;
const range = [-64, 63.5];
/** Analog where the emulator's ADC can be driven or the link sets it, else switches. */
const boards = {
  "olimex-stm32-h405": {
    inputs: ["PA0", "PA1", "PA4", "PB0", "PA6", "PA7"].map((pin) => ({ pin, analog: range })),
    outputs: ["LED", "PC6", "PC7"],
  },
  pico: {
    inputs: ["GP26", "GP27", "GP28"].map((pin) => ({ pin, analog: range })),
    outputs: ["LED", "GP2", "GP3"],
  },
  "b-l475e-iot01a": {
    inputs: ["PC0", "PC1", "PC2", "PC3", "PC4", "PC5"].map((pin) => ({
      pin,
      debounceMs: 10,
      off: -20,
      on: 20,
    })),
    outputs: ["LED", "PA4", "PA6"],
  },
};

function makeNetwork(elements) {
  const random = new Random(3);
  const quantization = { scale: 0.5, zeroPoint: 0 };
  return {
    name: "windows",
    inputs: [{ tensor: 0, name: "input", border: "float32" }],
    outputs: [{ tensor: 1, name: "output", border: "float32" }],
    states: [],
    tensors: [
      { elementType: "int8", name: "input", shape: [elements], quantization },
      { elementType: "int8", name: "output", shape: [3], quantization: { scale: 4, zeroPoint: 0 } },
    ],
    layers: [
      {
        ...{ kind: "fullyConnected", name: "dense", inputs: [0], output: 1, bias: Int32Array.of(0, 0, 0) },
        weights: Int8Array.from({ length: 3 * elements }, () => random.integer(255) - 127),
        ...{ weightScales: [0.02, 0.02, 0.02], activationMin: -128, activationMax: 127 },
      },
    ],
  };
}

async function tryBoard(id) {
  const board = findBoard(id);
  const { inputs, outputs } = boards[id];
  const pins = {
    inputs,
    outputs: outputs.map((pin, element) => ({ pin, class: element })),
    ...{ window: moments, hop: 20, everyMs: 10, average: 2, vote: { wins: 2, of: 3 } },
  };
  const network = makeNetwork(moments * inputs.length);
  const folder = mkdtempSync(join(tmpdir(), "pinfer-windows-"));
  const { manifest } = await writeFirmware(network, board, folder, { pins });
  const { sizes, elf } = (await buildFolder(folder)).image;
  const virtual = await startVirtualBoard({ elf, board, withPins: hasEmulatedPins(board) });
  const device = await openSerialDevice(virtual.portPath, { stolenMs: virtual.stolenMs });
  try {
    // QEMU's F405 has no ADC that ends a conversion: there each reading takes as long as the firmware waits for one
    const isOwnClock = id !== "olimex-stm32-h405";
    let own = await device.describeWindows();
    while (isOwnClock && own.inferred < 4) own = await device.describeWindows();
    const expected = own.moments < moments ? 0 : Math.floor((own.moments - moments) / 20) + 1;
    const program = planProgram(network);
    const plan = planPins(pins, program, board);
    const { readings } = wanderingReadings(plan, 40);
    const report = await tryRecording(program, plan, device, virtual.pins, readings);
    const counted =
      manifest.sizes.tables + codeFlashBytes + pinFlashBytes + 28 * (inputs.length + 3) + windowFlashBytes;
    const failures = [
      ...(report.wrong + report.wrongBetween > 0 ? [`${report.wrong} windows differ`] : []),
      ...(expected - own.inferred > 1 || own.leftOut + own.lost > 0
        ? [`by its clock ${JSON.stringify(own)}`]
        : []),
      ...(sizes.flashBytes > counted ? [`flash ${sizes.flashBytes}, counted ${counted}`] : []),
      ...(sizes.staticRamBytes > staticRamBytes
        ? [`RAM ${sizes.staticRamBytes}, counted ${staticRamBytes}`]
        : []),
    ];
    console.log(
      `${id}: ${report.moments} moments of ${inputs.length} pins, ${report.trials.length - report.wrong} of ${report.trials.length} windows equal, ` +
        `through ${report.through}; by its clock ${own.inferred} windows of ${own.moments} moments, ${own.leftOut} left out, ${own.lost} lost; ` +
        `code ${sizes.flashBytes - manifest.sizes.tables} B, arena ${manifest.sizes.arena} B + rings ${sizes.arenaBytes - manifest.sizes.arena} B` +
        failures.map((failure) => `\n  WRONG: ${failure}`).join(""),
    );
    return failures.length === 0;
  } finally {
    await device.close();
    await virtual.stop();
    rmSync(folder, { recursive: true });
  }
}

let isRight = true;
for (const id of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(boards)) {
  isRight = (await tryBoard(id)) && isRight;
}
process.exit(isRight ? 0 : 1);
