// Damaged inputs by the thousand: what scripts/fuzzImport.mjs and scripts/fuzzKeras.mjs have in common.
import { writeFileSync } from "node:fs";

/** Complaints that differ in numbers and names alone are one kind. */
const kindOf = (complaint) => complaint.replace(/-?\d[\d.e+]*/g, "#").replace(/"[^"]*"/g, '"…"');

/**
 * Tries mutants of one model, prints what became of them, and ends the process at the first that throws, which it writes to
 * a file.
 *
 * @param name of the model
 * @param range first seed, and how many from there
 * @param make a seed's mutant: bytes or text
 * @param survive takes a mutant; the complaint it was refused with, undefined where it was imported
 * @param keptAs file name for the one that throws
 */
export async function tryMutants(name, { firstSeed, mutants }, make, survive, keptAs) {
  const kinds = new Set();
  let imported = 0;
  let slowest = { ms: 0, seed: 0 };
  const start = performance.now();
  for (let seed = firstSeed; seed < firstSeed + mutants; seed++) {
    const mutant = make(seed);
    const before = performance.now();
    try {
      const complaint = await survive(mutant);
      if (complaint === undefined) imported++;
      else kinds.add(kindOf(complaint));
    } catch (error) {
      writeFileSync(keptAs, mutant instanceof Uint8Array ? mutant : JSON.stringify(mutant));
      console.error(`${name}, seed ${seed}, now ${keptAs}:\n${error.stack}`);
      process.exit(1);
    }
    const ms = performance.now() - before;
    if (ms > slowest.ms) slowest = { ms, seed };
  }
  const seconds = (performance.now() - start) / 1000;
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${name}: ${mutants} mutants from seed ${firstSeed} in ${seconds.toFixed(0)} s: ${imported} imported, ` +
      `${mutants - imported} refused in ${kinds.size} ways; the slowest took ${slowest.ms.toFixed(0)} ms ` +
      `(seed ${slowest.seed}); at most ${memory.toFixed(0)} MB of memory`,
  );
}
