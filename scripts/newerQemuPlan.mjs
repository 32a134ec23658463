// Where a newer QEMU comes from, decided from the machine's own files. Pure functions: newerQemu.mjs does it.

/** A machine of QEMU whose pins are emulated; since 9.1. */
export const pinsMachine = "b-l475e-iot01a";

/**
 * Debian's backports as a source of packages: the entries that bring the release itself, with another suite.
 *
 * @param {string} release /etc/os-release
 * @param {{ path: string, text: string }[]} sources apt's files, one-line (.list) and deb822 (.sources)
 * @returns {{ error: string } | { suite: string, file?: string, text?: string }} `file` only when it has to be written
 */
export function deriveBackports(release, sources) {
  const field = (name) => new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(release)?.[1];
  const codename = field("VERSION_CODENAME");
  if (field("ID") !== "debian" || codename === undefined) {
    return { error: `this is ${field("PRETTY_NAME") ?? "no Debian"}: there are no Debian backports for it` };
  }
  const suite = `${codename}-backports`;
  const found = sources.flatMap((source) => readEntries(source, codename, suite));
  if (found.some(({ isBackports }) => isBackports)) return { suite };
  const [first] = found;
  if (first === undefined) return { error: `apt's files name no source of ${codename}` };
  const head = `# Written by pinfer from ${first.path}; remove it whenever you like.\n`;
  return {
    suite,
    file: `/etc/apt/sources.list.d/pinfer-backports${first.ending}`,
    text: `${head}${first.text}`,
  };
}

function readEntries({ path, text }, codename, suite) {
  return path.endsWith(".sources")
    ? text.split(/\n\s*\n/).flatMap((stanza) => readStanza(path, stanza, codename, suite))
    : text.split("\n").flatMap((line) => readLine(path, line, codename, suite));
}

/** deb822: comments and signatures stay, Suites changes. */
function readStanza(path, stanza, codename, suite) {
  const suites = /^Suites:(.*)$/m.exec(stanza)?.[1].trim().split(/\s+/) ?? [];
  if (/^Enabled:\s*no\s*$/m.test(stanza) || !/^Types:.*\bdeb\b/m.test(stanza)) return [];
  if (suites.includes(suite)) return [{ isBackports: true }];
  if (!suites.includes(codename)) return [];
  const lines = stanza.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const changed = lines.map((line) => (line.startsWith("Suites:") ? `Suites: ${suite}` : line));
  return [{ path, ending: ".sources", text: `${changed.join("\n")}\n` }];
}

function readLine(path, line, codename, suite) {
  const [, head, found, components] =
    /^(deb\s+(?:\[[^\]]*\]\s+)?\S+)\s+(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
  if (found === suite) return [{ isBackports: true }];
  return found === codename ? [{ path, ending: ".list", text: `${head} ${suite} ${components}\n` }] : [];
}
