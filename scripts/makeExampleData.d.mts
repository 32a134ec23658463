/** @param folder where examples/ stands */
export function makeExampleData(folder: string): void;
/** @param folder where templates/starter/data stands */
export function makeStarterData(folder: string): void;
