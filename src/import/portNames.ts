/** Longer ones are none that somebody would say. */
const longestName = 60;

/**
 * What the file calls several inputs or outputs, without what TensorFlow puts around names: "serving_default_audio:0". Where
 * that tells them not apart ("StatefulPartitionedCall:0" and ":1"), they are numbered.
 */
export function portNames(what: "input" | "output", inFile: readonly string[]): readonly string[] {
  if (inFile.length === 1) return [what];
  const names = inFile.map((name) => name.replace(/^serving_default_/, "").replace(/:\d+$/, ""));
  const areNames = names.every((name) => /^[\w.-]+$/.test(name) && name.length <= longestName);
  const areApart = new Set(names).size === names.length;
  return areNames && areApart ? names : inFile.map((_, i) => `${what}_${i}`);
}
