#!/usr/bin/env node
// Nothing is imported before `try`: Node opens all of a program's files at once, which fails where few may be open.
try {
  const [{ runCommandLine }, { commands }] = await Promise.all([
    import("./commandLine.js"),
    import("./commands.js"),
  ]);
  await runCommandLine(commands, process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "EMFILE") throw error;
  process.stderr.write(`error: ${message}\nhint: allow more open files with \`ulimit -n 1024\`\n`);
  process.exitCode = 1;
}
