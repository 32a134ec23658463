import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printable } from "../base/printable.js";
import { makeTemporaryFolder } from "../base/temporaries.js";
import type { ProgramCall } from "../flash/otherFlashers.js";
import type { FlashPlan } from "../flash/planFlash.js";
import { atEnd } from "./atEnd.js";
import { printJson, printText } from "./commandLine.js";

/** Has another program flash the image; what it said is shown when it fails. */
export async function flashWith(
  name: string,
  { chip, image }: FlashPlan,
  path: string | undefined,
  { dryRun, json }: { dryRun: boolean; json: boolean },
): Promise<void> {
  const [{ otherFlashers }, { UserError }, { runTool }] = await Promise.all([
    import("../flash/otherFlashers.js"),
    import("../base/errors.js"),
    import("../board/runTool.js"),
  ]);
  const flasher = otherFlashers.get(name);
  if (flasher === undefined) {
    throw new UserError(`no flasher is called "${name}"`, `known: ${[...otherFlashers.keys()].join(", ")}`);
  }
  const { file, remove } =
    path === undefined ? writeTemporary(image.data) : { file: path, remove: () => undefined };
  try {
    const calls = flasher.calls({ chip, file, address: image.address });
    const lines = calls.map((call) => printable(typed(call)));
    for (const call of dryRun ? [] : calls) {
      const { exitCode, stdout, stderr } = await runTool(call.program, call.arguments);
      if (exitCode !== 0) {
        const said = [stdout, stderr].map((text) => text.trim()).filter(Boolean);
        throw new UserError(
          `${call.program} ended with ${exitCode}:\n${said.join("\n")}`,
          `it reaches the board by ${flasher.by}; the command was: ${typed(call)}`,
        );
      }
    }
    if (json) printJson({ with: name, commands: calls, done: !dryRun });
    else printText(dryRun ? lines.join("\n") : `flashed with ${name}: ${lines.join("; ")}`);
  } finally {
    remove();
  }
}

/** As one would type it. */
function typed(call: ProgramCall): string {
  return [call.program, ...call.arguments]
    .map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(" ");
}

function writeTemporary(data: Uint8Array): { file: string; remove: () => void } {
  const folder = makeTemporaryFolder();
  const file = join(folder, "image.bin");
  writeFileSync(file, data);
  return { file, remove: atEnd(() => rmSync(folder, { recursive: true, force: true })) };
}
