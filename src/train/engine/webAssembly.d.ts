/** What this folder uses of WebAssembly: TypeScript declares it for browsers only. */
declare namespace WebAssembly {
  class Memory<Kind extends ArrayBuffer | SharedArrayBuffer = SharedArrayBuffer> {
    constructor(
      limits: Kind extends SharedArrayBuffer
        ? { readonly initial: number; readonly maximum: number; readonly shared: true }
        : { readonly initial: number },
    );
    readonly buffer: Kind;
    grow(pages: number): number;
  }
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(
      module: Module,
      imports: { readonly env: { readonly memory: Memory<ArrayBuffer> | Memory<SharedArrayBuffer> } },
    );
    readonly exports: unknown;
  }
  function validate(bytes: Uint8Array): boolean;
}
