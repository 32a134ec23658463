import { basename } from "node:path";
import { UserError } from "../../base/errors.js";
import { classOfFile, isFolder, listFiles, listFolders } from "./dataFiles.js";
import { showPath } from "./dataPath.js";

export interface ClassFile {
  readonly path: string;
  /** When the whole file is of one class. */
  readonly className: string | undefined;
}

/**
 * The files of a folder and of its folders, or one file.
 *
 * @param what a file is called: "recording"
 * @param extensions lower-case, with the point
 * @param label whose name is the class: the folder's a file lies in, or the file's; "inside" where the file itself tells.
 *   Default "folder" where there are folders, else "file"
 * @throws UserError when there is none, or one lies in no folder that should
 */
export function listClassFiles(
  path: string,
  what: string,
  extensions: readonly string[],
  label?: "folder" | "file" | "inside",
): ClassFile[] {
  const folders = isFolder(path) ? listFolders(path) : [];
  const how = label ?? (folders.length > 0 ? "folder" : "file");
  const inFolders = folders.flatMap((folder) =>
    listFiles(folder, extensions).map((file) => ({ path: file, folder: basename(folder) })),
  );
  const outside = isFolder(path) ? listFiles(path, extensions) : [path];
  if (how === "folder" && outside.length > 0) {
    throw new UserError(
      `${showPath(outside[0])}: lies in no folder that tells its class`,
      `put each class's ${what}s into a folder of its own, or give label: "file"`,
    );
  }
  const all = [...outside.map((file) => ({ path: file, folder: "" })), ...inFolders];
  if (all.length === 0) throw new UserError(`${showPath(path)}: holds no ${what} (${extensions.join(", ")})`);
  return all.map(({ path: file, folder }) => ({
    path: file,
    className: how === "inside" ? undefined : how === "folder" ? folder : classOfFile(file),
  }));
}
