export function kernel(): void {}
