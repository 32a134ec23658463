import { mkdirSync, watch } from "node:fs";

/** Until it is so, which is looked at whenever something in the folder changes. */
export function untilInFolder(folder: string, isSo: () => boolean): Promise<void> {
  mkdirSync(folder, { recursive: true });
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isSo()) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
}
