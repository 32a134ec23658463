// Where a newer QEMU comes from, decided from the machine's own files. Pure functions: newerQemu.mjs does it.

/** A machine of QEMU whose pins are emulated; since 9.1. */
export const pinsMachine = "b-l475e-iot01a";

/** Where newerQemu.mjs puts it, from the repository's root. */
export const newerQemuFolder = "build/qemu";

/**
 * Debian's backports as a source of packages: the entry that brings them, or else the one that brings the release itself,
 * with another suite. So no host is named here.
 *
 * @param {string} release /etc/os-release
 * @param {{ path: string, text: string }[]} sources apt's files, one-line (.list) and deb822 (.sources)
 * @returns {{ error: string } | { suite: string, from: string, ending: ".list" | ".sources", text: string }}
 */
export function deriveBackports(release, sources) {
  const field = (name) => new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(release)?.[1];
  const codename = field("VERSION_CODENAME");
  if (field("ID") !== "debian" || codename === undefined) {
    return { error: `this is ${field("PRETTY_NAME") ?? "no Debian"}: there are no Debian backports for it` };
  }
  const suite = `${codename}-backports`;
  const found = sources.flatMap((source) => readEntries(source, codename, suite));
  const entry = found.find(({ isBackports }) => isBackports) ?? found[0];
  if (entry === undefined) return { error: `apt's files name no source of ${codename}` };
  const { path: from, ending, text } = entry;
  return { suite, from, ending, text };
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
  const isBackports = suites.includes(suite);
  if (!isBackports && !suites.includes(codename)) return [];
  const lines = stanza.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const changed = lines.map((line) => (line.startsWith("Suites:") ? `Suites: ${suite}` : line));
  return [{ path, ending: ".sources", text: `${changed.join("\n")}\n`, isBackports }];
}

function readLine(path, line, codename, suite) {
  const [, head, found, components] =
    /^(deb\s+(?:\[[^\]]*\]\s+)?\S+)\s+(\S+)\s+(.*)$/.exec(line.trim()) ?? [];
  if (found !== suite && found !== codename) return [];
  const text = `${head} ${suite} ${components}\n`;
  return [{ path, ending: ".list", text, isBackports: found === suite }];
}
