/**
 * The whole way, twice: a network is trained, written as C, compiled for an STM32, booted on an emulated one, and
 * compared with the host byte by byte. Each step is a command that you can type.
 */
import { spawnSync } from "node:child_process";
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

const start = Date.now();
console.log("Handwritten digits: 28 x 28 pixels, 10 classes, 25 450 parameters");
step("train examples/mnist/experiment.ts -o build/demo/mnist.json --test-samples build/demo/mnist");
step("summary build/demo/mnist.json");
step("export-firmware build/demo/mnist.json --board olimex-stm32-h405 -o build/demo/mnist-firmware");
step("build build/demo/mnist-firmware");
step(
  "compare build/demo/mnist.json --virtual --firmware build/demo/mnist-firmware" +
    " --input build/demo/mnist/inputs.npy --labels build/demo/mnist/labels.npy --limit 500",
);

console.log("\n\nStreet light: three lamps, walk or stop");
step("train examples/street-light/experiment.ts -o build/demo/street-light.json");
step("export-firmware build/demo/street-light.json -o build/demo/street-light-firmware");
step("build build/demo/street-light-firmware");
step(
  "compare build/demo/street-light.json --virtual --firmware build/demo/street-light-firmware" +
    " --input examples/street-light/lamps.csv",
);
console.log(
  `\nAll of it in ${Math.round((Date.now() - start) / 1000)} s. What each command can do: npx pinfer <command> --help`,
);
