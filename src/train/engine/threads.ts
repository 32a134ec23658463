import type { KernelName, Kernels } from "./kernels.js";

export class Threads {
  readonly limit = 1;
  readonly isActive = false;

  constructor(
    _module: WebAssembly.Module,
    _memory: WebAssembly.Memory,
    private readonly kernels: Kernels,
  ) {}

  run(name: KernelName, count: number, _grain: number, job: number): void {
    this.kernels[name](0, count, job);
  }

  setScratch(_address: number, _each: number): void {}
}
