import { AsyncLocalStorage } from "node:async_hooks";
import { isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const dataFolder = new AsyncLocalStorage<string>();

/** Runs an action in which relative paths of data files start at `folder`: an experiment's own. */
export function withDataFolder<T>(folder: string, action: () => T): T {
  return dataFolder.run(folder, action);
}

/** A file or folder of data: relative to the experiment's folder, else to the working folder. */
export type DataPath = string | URL;

/** Absolute. */
export function resolveDataPath(path: DataPath): string {
  if (path instanceof URL) return fileURLToPath(path);
  return resolve(dataFolder.getStore() ?? "", path);
}

/** As messages show it: relative to the working folder where it lies below it, else absolute. */
export function showPath(path: string): string {
  const shorter = relative("", path);
  return shorter === "" || shorter.startsWith("..") || isAbsolute(shorter) ? path : shorter;
}
