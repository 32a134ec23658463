export function installTarball(folder: string): string;
export function runInstalled(project: string, commandArguments: readonly string[]): string;
