/** @param folder where examples/ stands */
export function makeExampleData(folder: string): void;
