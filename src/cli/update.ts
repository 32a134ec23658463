import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import { formatCount } from "../base/table.js";
import { FIRST_BAUD } from "../link/line.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { addPortOptions, goOver, linkBaudHelp, openPortLine, type PortChoice } from "./connect.js";
import { addQuietOption, startProgress } from "./progress.js";
import { readQuantizedModel } from "./readModel.js";

interface UpdateOptions extends PortChoice {
  readonly port: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("update")
    .description("bring a model's weights to a device that was exported with --slots, without flashing it")
    .argument("<model>", "model.json: of the layers and shapes that were exported")
    .requiredOption("--port <path>", "/dev/ttyACM0, COM4, tcp://host:port or rfc2217://host:port")
    .option("--json", "print JSON", false)
    .action(run);
  addPortOptions(addQuietOption(command), linkBaudHelp);
  addExamples(command, ["pinfer update model.json --port /dev/ttyACM0"]);
}

async function run(modelPath: string, options: UpdateOptions): Promise<void> {
  const { quantized } = await readQuantizedModel(modelPath);
  const [{ describeUpdates }, { openDevice }, { updateDevice }] = await Promise.all([
    import("../../codegen/describeUpdates.js"),
    import("../link/device.js"),
    import("../link/updateDevice.js"),
  ]);
  const updates = await describeUpdates(quantized);
  const device = openDevice(await openPortLine(options.port, { ...options, baud: FIRST_BAUD }));
  try {
    await goOver(device, options.baud);
    const before = await device.hello();
    if (updates.some(({ hash }) => hash === before.network.hash)) {
      const { name, hash } = before.network;
      if (options.json) printJson({ port: options.port, network: { name, hash }, before: hash, bytes: 0 });
      else printText(oneLine`${options.port}: "${name}" ${hash.slice(0, 8)} runs there already`);
      return;
    }
    const { length } = updates[0]!.content;
    const progress = startProgress("bytes", length);
    const after = await updateDevice(device, updates, (bytes) =>
      progress.update(Math.min(bytes, length)),
    ).finally(() => progress.stop());
    const { name, hash } = after.network;
    if (!updates.some((update) => update.hash === hash)) {
      throw new UserError(
        oneLine`the update was written, but ${options.port} still runs "${name}" ${hash.slice(0, 8)}`,
        "its flash does not keep what was written: flash it anew",
      );
    }
    if (options.json) {
      const { port } = options;
      printJson({ port, network: { name, hash }, before: before.network.hash, bytes: length });
      return;
    }
    printText(
      oneLine`${options.port}: "${name}" ${hash.slice(0, 8)} in the place of ${before.network.hash.slice(0, 8)}, ` +
        `${formatCount(length)} B`,
    );
  } finally {
    await device.close();
  }
}
