/**
 * The whole way, twice: a network is trained, written as C, compiled for an STM32, flashed into a virtual one through
 * its ROM bootloader, and compared with the host byte by byte over the same port. Each step is a command that you can
 * type.
 */
import { spawn, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const pinfer = fileURLToPath(new URL("../dist/src/cli/main.js", import.meta.url));

function step(command) {
  console.log(`\n$ npx pinfer ${command}`);
  const { status, signal } = spawnSync(process.execPath, [pinfer, ...command.split(" ")], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
}

/**
 * A factory-new board that stays until we end, however we do: it ends when the pipe to it closes.
 *
 * @returns its serial port
 */
function startBoard() {
  console.log("\n$ npx pinfer board &");
  const board = spawn(process.execPath, [pinfer, "board"], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  board.on("exit", (code) => process.exit(code ?? 1));
  return new Promise((resolve) => {
    let text = "";
    board.stdout.setEncoding("utf8").on("data", (chunk) => {
      text += chunk;
      const port = /^port +([^:\s]+)[\s\S]*^next .*\n/m.exec(text)?.[1];
      if (port === undefined) return;
      process.stdout.write(text);
      resolve(port);
    });
  });
}

/** Elsewhere the emulator boots the image by itself. */
const canHavePort = process.platform === "linux";

function flash(name) {
  if (canHavePort) step(`flash build/demo/${name}-firmware --port ${port}`);
}

const device = (name) =>
  canHavePort ? `--port ${port}` : `--virtual --firmware build/demo/${name}-firmware`;

const start = Date.now();
// an export replaces only what it knows for its own, and these may be an older pinfer's
for (const name of ["mnist", "street-light"]) {
  rmSync(`${root}build/demo/${name}-firmware`, { recursive: true, force: true });
}
console.log("Handwritten digits: 28 x 28 pixels, 10 classes, 25 450 parameters");
step("train examples/mnist/experiment.ts -o build/demo/mnist.json --test-samples build/demo/mnist");
step("summary build/demo/mnist.json");
step("export-firmware build/demo/mnist.json --board olimex-stm32-h405 -o build/demo/mnist-firmware");
step("build build/demo/mnist-firmware");
const port = canHavePort ? await startBoard() : undefined;
flash("mnist");
step(
  `compare build/demo/mnist.json ${device("mnist")}` +
    " --input build/demo/mnist/inputs.npy --labels build/demo/mnist/labels.npy --limit 500",
);

console.log("\n\nStreet light: three lamps, walk or stop");
step("train examples/street-light/experiment.ts -o build/demo/street-light.json");
step("export-firmware build/demo/street-light.json -o build/demo/street-light-firmware");
step("build build/demo/street-light-firmware");
flash("street-light");
step(
  `compare build/demo/street-light.json ${device("street-light")} --input examples/street-light/lamps.csv`,
);
console.log(
  `\nAll of it in ${Math.round((Date.now() - start) / 1000)} s. What each command can do: npx pinfer <command> --help`,
);
process.exit();
