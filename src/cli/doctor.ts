import type { Command } from "commander";
import { addExamples, exitCodeFailed, printJson, printText } from "./commandLine.js";

export function register(program: Command): void {
  const command = program
    .command("doctor")
    .description("tell what this machine has and lacks for pinfer, with the command that mends it")
    .option("--json", "print JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const { examine, isHealthy, renderChecks } = await import("./examine.js");
      const checks = await examine();
      if (json) printJson({ healthy: isHealthy(checks), checks });
      else printText(renderChecks(checks));
      if (!isHealthy(checks)) process.exitCode = exitCodeFailed;
    });
  addExamples(command, ["pinfer doctor", "pinfer doctor --json"]);
}
