import { existsSync } from "node:fs";
import type { Command } from "commander";
import { UserError } from "../base/errors.js";
import { oneLine } from "../base/printable.js";
import { columnsOf } from "./columnsOf.js";
import { addExamples, printJson, printText } from "./commandLine.js";
import { expectOutputs } from "./expectOutputs.js";
import { readQuantizedModel } from "./readModel.js";

interface ClientCommandOptions {
  readonly output: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  const command = program
    .command("client")
    .description("write a typed TypeScript client of a device that runs the model")
    .argument("<model>", "model.json, as train and import write it")
    .option("-o, --output <file>", "where to write", "client.ts")
    .option("--json", "print JSON", false)
    .action(run);
  addExamples(command, ["pinfer client model.json", "pinfer client gesture.json -o src/gesture.ts"]);
}

async function run(modelPath: string, { output, json }: ClientCommandOptions): Promise<void> {
  const model = await readQuantizedModel(modelPath);
  await expectOutputs(output);
  const { clientMark, describeClient, printClient } = await import("../../codegen/printClient.js");
  const { planProgram } = await import("../plan/planProgram.js");
  const { readText, writeFilesAtomically } = await import("../base/files.js");
  if (existsSync(output) && !readText(output).startsWith(clientMark)) {
    throw new UserError(
      `${output} is there already, and pinfer did not write it`,
      "choose another name with -o",
    );
  }
  const facts = describeClient(planProgram(model.quantized), columnsOf(model)?.inputs);
  writeFilesAtomically([{ path: output, data: printClient(facts) }]);
  const { name, hash } = facts.network;
  if (json) {
    printJson({ client: output, network: { name, hash } });
    return;
  }
  printText(
    oneLine`${output}: a client of network "${name}" ${hash.slice(0, 8)}` +
      `\nnext: npm install pinfer; docs/client.md has the rest`,
  );
}
