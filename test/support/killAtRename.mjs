// Loaded before a program (`node --import`): kills it at the n-th time that it renames a file to a given name, before or
// after, so that a cut falls where the test says and not where the clock does.
//   KILL_AT='{"name": "x.checkpoint", "count": 3, "when": "after"}'
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";

const { name, count, when } = JSON.parse(process.env.KILL_AT);
const { renameSync } = fs;
let renamed = 0;

const killIfDue = (moment) => {
  if (renamed === count && moment === when) process.kill(process.pid, "SIGKILL");
};

fs.renameSync = (from, to) => {
  const isCounted = basename(to) === name;
  if (isCounted) renamed++;
  if (isCounted) killIfDue("before");
  renameSync(from, to);
  if (isCounted) killIfDue("after");
};
syncBuiltinESMExports();
