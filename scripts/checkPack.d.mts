export function installTarball(folder: string): string;
export function copyDependencies(modules: string): void;
export function runInstalled(project: string, commandArguments: readonly string[]): string;
