// Decides what set-up has to do from facts about the machine. Pure functions: setup.mjs gathers the facts.

import { readFileSync } from "node:fs";

export const minimumNode = [20, 15];

/**
 * What building and testing need besides npm packages. `tests` marks what only the tests need, `packages` are what
 * each package manager calls it. `pinfer doctor` reads the same list.
 */
export const requirements = JSON.parse(
  readFileSync(new URL("../src/cli/requirements.json", import.meta.url), "utf8"),
);

/** Any of these can open a report; the tests take the first that is on the PATH. */
export const chromiumPrograms = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

const manualCommands = {
  brew: (names) => names.map((name) => `brew install ${name}`),
  dnf: (names) => [`sudo dnf install ${names.join(" ")}`],
  pacman: (names) => [`sudo pacman -S ${names.join(" ")}`],
};

/**
 * @param {object} facts
 * @param {string} facts.nodeVersion "20.15.0"
 * @param {boolean} facts.packagesCurrent npm packages are installed as the lock file says
 * @param {string[]} facts.missing ids of {@link requirements}
 * @param {"apt" | "brew" | "dnf" | "pacman" | null} facts.packageManager
 * @param {boolean} facts.isRoot
 * @param {boolean} facts.hasSudo
 * @returns {{ error: string } | { steps: { say: string, commands: string[][] }[] }}
 */
export function planSetup(facts) {
  const error = nodeError(facts.nodeVersion);
  if (error !== null) return { error };

  const steps = [];
  if (!facts.packagesCurrent) {
    steps.push({
      say: "setup: npm packages are missing or older than package-lock.json: npm ci",
      commands: [["npm", "ci"]],
    });
  }
  const missing = requirements.filter((requirement) => facts.missing.includes(requirement.id));
  if (missing.length === 0) return { steps };

  const list = missing.map((requirement) => `  ${requirement.id}: ${requirement.why}`).join("\n");
  if (facts.packageManager !== "apt")
    return { error: `error: missing on this machine:\n${list}\n${manualHint(facts, missing)}` };

  const names = packageNames(missing, "apt");
  const commands = [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", ...names],
  ];
  if (!facts.isRoot && !facts.hasSudo) {
    const typed = commands.map((command) => `  ${command.join(" ")}`).join("\n");
    return {
      error: `error: missing on this machine:\n${list}\nhint: there is no sudo here; as root, type\n${typed}`,
    };
  }
  const environment = ["env", "DEBIAN_FRONTEND=noninteractive"];
  const prefix = facts.isRoot ? environment : ["sudo", ...environment];
  steps.push({
    say: `setup: missing on this machine:\n${list}\nsetup: installing with apt-get: ${names.join(" ")}`,
    commands: commands.map((command) => [...prefix, ...command]),
  });
  return { steps };
}

function nodeError(version) {
  const [major, minor] = version.split(".").map(Number);
  const [neededMajor, neededMinor] = minimumNode;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return null;
  return `error: pinfer needs Node.js ${neededMajor}.${neededMinor} or newer; this is ${version}\nhint: install one from https://nodejs.org or with your version manager`;
}

function packageNames(missing, manager) {
  return [...new Set(missing.flatMap((requirement) => requirement.packages[manager]))];
}

function manualHint(facts, missing) {
  if (facts.packageManager === null) {
    return "hint: install them with your system's package manager, then run the command again";
  }
  const commands = manualCommands[facts.packageManager](packageNames(missing, facts.packageManager));
  return `hint: type\n${commands.map((command) => `  ${command}`).join("\n")}\nthen run the command again`;
}

/**
 * Are the packages of the lock file installed, in the lock file's versions? Packages for other machines (optional)
 * may be absent.
 *
 * @param {object} lock package-lock.json
 * @param {object | null} installed node_modules/.package-lock.json, which npm writes; null if there is none
 */
export function packagesAreCurrent(lock, installed) {
  if (installed === null) return false;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    const found = installed.packages[path];
    return path === "" || (found === undefined ? wanted.optional === true : found.version === wanted.version);
  });
}
