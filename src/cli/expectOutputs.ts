/**
 * Tells before a command's work what would keep its results from being written.
 *
 * @param files those that the user named; undefined is none
 * @throws UserError when one of them cannot be written
 */
export async function expectOutputs(...files: readonly (string | undefined)[]): Promise<void> {
  const { expectWritable } = await import("../base/files.js");
  for (const file of files) if (file !== undefined) expectWritable(file);
}
