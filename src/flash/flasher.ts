import { BootloaderClient, BootloaderTrouble, type LoaderDescription } from "./bootloaderClient.js";
import type { BootloaderLine } from "./bootloaderLine.js";
import { Command, crcUnit } from "./bootloaderProtocol.js";
import { type Chip, chips, type FlashPage, findChip, pageName, withOneBank } from "./chips.js";
import { blocksOf, type FlashBlock, type FlashPlan, hex, isIn } from "./planFlash.js";
import {
  cannotSynchronize,
  cannotTalk,
  keepsOldBytes,
  lostLoader,
  readProtected,
  unknownBanks,
  unknownChip,
} from "./troubles.js";

/** An exchange, or a page, is given up after so many tries. */
const TRIES = 3;

/** A loader that has told who it is. */
export interface Loader {
  readonly line: BootloaderLine;
  readonly client: BootloaderClient;
  readonly description: LoaderDescription;
  readonly chip: Chip;
}

/** How far a flash is. */
export interface FlashProgress {
  readonly phase: "erasing" | "writing" | "verifying";
  /** Bytes of the image written and verified; twice the image at the end, more where something was done again. */
  readonly doneBytes: number;
}

/** What a flash did. */
export interface FlashReport {
  readonly erasedPages: number;
  readonly writtenBytes: number;
  readonly verifiedBytes: number;
  readonly verifiedBy: "checksum" | "reading back";
  /** Exchanges that were asked again. */
  readonly retries: number;
}

/**
 * Wakes the loader and asks what it is. Its answers carry no checksum, so they are believed when they come twice.
 *
 * @param advice where to look first when nothing answers
 * @throws UserError with the remedy when there is no loader, it cannot be understood, or its chip is not known
 */
export async function connectLoader(line: BootloaderLine, advice?: string): Promise<Loader> {
  const client = new BootloaderClient(line);
  await client.synchronize().catch((cause) => {
    throw cannotSynchronize(line.name, cause, advice);
  });
  const ask = <T>(question: () => Promise<T>): Promise<T> =>
    twice(client, question).catch((cause) => {
      throw cannotTalk(line.name, cause);
    });
  const description = await ask(() => client.get());
  const productId = await ask(() => client.getId());
  const chip = findChip(productId);
  if (chip === undefined) throw unknownChip(line.name, productId, chips.map(({ name }) => name).join(", "));
  return { line, client, description, chip: await withItsBanks(client, chip, line.name) };
}

/** Level 0, the only one at which the loader reads at all. */
const UNPROTECTED = 0xaa;

async function withItsBanks(client: BootloaderClient, chip: Chip, port: string): Promise<Chip> {
  const option = chip.bankOption;
  if (option === undefined) return chip;
  const bytes = await twice(client, () => client.readMemory(option.address, 4)).catch((cause) => {
    if (!(cause instanceof BootloaderTrouble) || cause.trouble !== "refusal") throw cannotTalk(port, cause);
    throw cause.step === "Read Memory"
      ? readProtected(port, cause)
      : unknownBanks(port, chip, undefined, cause);
  });
  if (bytes[0] !== UNPROTECTED) throw unknownBanks(port, chip, bytes);
  const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return (word & option.bit) === 0 ? withOneBank(chip) : chip;
}

async function twice<T>(client: BootloaderClient, question: () => Promise<T>): Promise<T> {
  let before: string | undefined;
  for (let troubles = 0; ; ) {
    try {
      const answer = await question();
      const text = JSON.stringify(answer);
      if (text === before) return answer;
      before = text;
    } catch (error) {
      if (!(error instanceof BootloaderTrouble) || ++troubles === TRIES) throw error;
      await client.resynchronize();
    }
  }
}

/**
 * Erases the pages of the image, writes it, and reads all of it back. Pages that then differ are done again.
 *
 * The block with the initial stack pointer is written last, so that a chip whose flashing was cut has no program that
 * looks whole.
 *
 * @throws UserError when the loader falls silent, refuses, or flash does not take the bytes
 */
export async function flashImage(
  loader: Loader,
  plan: FlashPlan,
  onProgress: (progress: FlashProgress) => void = () => undefined,
): Promise<FlashReport> {
  const flasher = new Flasher(loader, plan, onProgress);
  await flasher.run();
  return flasher.report;
}

/**
 * Starts the program at the address.
 *
 * @returns whether the loader acknowledged it; when it did not, the program may run all the same
 */
export async function startProgram({ client }: Pick<Loader, "client">, address: number): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    try {
      await client.go(address);
      return true;
    } catch (error) {
      if (!(error instanceof BootloaderTrouble)) throw error;
      const isThere = await client.resynchronize().then(
        () => true,
        () => false,
      );
      if (!isThere) return false;
    }
  }
  return false;
}

class Flasher {
  private readonly client: BootloaderClient;
  private readonly counts = { erasedPages: 0, writtenBytes: 0, verifiedBytes: 0, retries: 0 };
  private hasChecksum: boolean;

  constructor(
    private readonly loader: Loader,
    private readonly plan: FlashPlan,
    private readonly onProgress: (progress: FlashProgress) => void,
  ) {
    this.client = loader.client;
    this.hasChecksum = loader.description.commands.includes(Command.getChecksum);
  }

  get report(): FlashReport {
    return { ...this.counts, verifiedBy: this.hasChecksum ? "checksum" : "reading back" };
  }

  async run(): Promise<void> {
    const { plan } = this;
    await this.expectReadable();
    let wrong: readonly FlashPage[] = plan.pages;
    for (let round = 1; ; round++) {
      for (const page of wrong) await this.erase(page);
      for (const block of [...blocksOf(plan, wrong)].reverse()) await this.write(block);
      const found = await this.verifyAll();
      if (found.length === 0) {
        this.tell("verifying");
        return;
      }
      if (round === TRIES) throw found[0].error;
      wrong = found.map(({ page }) => page);
    }
  }

  private tell(phase: FlashProgress["phase"]): void {
    this.onProgress({ phase, doneBytes: this.counts.writtenBytes + this.counts.verifiedBytes });
  }

  /** A read-protected chip refuses the command itself, always. */
  private async expectReadable(): Promise<void> {
    await this.patiently("reading", () => this.client.readMemory(this.plan.image.address, 4)).catch(
      (error) => {
        const { cause } = error as Error;
        const isRefused = cause instanceof BootloaderTrouble && cause.trouble === "refusal";
        throw isRefused && cause.step === "Read Memory" ? readProtected(this.loader.line.name, cause) : error;
      },
    );
  }

  /** Asks again after the loader is brought back to where it waits for a command. */
  private async patiently<T>(doing: string, ask: () => Promise<T>): Promise<T> {
    for (let i = 1; ; i++) {
      try {
        return await ask();
      } catch (error) {
        if (i === TRIES) throw lostLoader(this.loader.line.name, doing, error);
        await this.recover(doing, error);
      }
    }
  }

  private async recover(doing: string, error: unknown): Promise<void> {
    if (!(error instanceof BootloaderTrouble)) throw error;
    this.counts.retries++;
    await this.client.resynchronize().catch((cause) => {
      throw lostLoader(this.loader.line.name, doing, cause);
    });
  }

  private async erase(page: FlashPage): Promise<void> {
    this.tell("erasing");
    const isExtended = this.loader.description.commands.includes(Command.extendedErase);
    await this.patiently(`erasing ${pageName(page)}`, () => this.client.erasePage(page.number, isExtended));
    this.counts.erasedPages++;
  }

  /**
   * A block whose writing was not acknowledged may lie in flash or not, or, if a checksum came out right by chance, lie
   * there wrong. Only an erased one is written again: chips refuse to program twice. A wrong one is found by verifying.
   */
  private async write(block: FlashBlock): Promise<void> {
    this.tell("writing");
    const doing = `writing at ${hex(block.address)}`;
    for (let i = 1; !isErased(block.data); i++) {
      try {
        await this.client.writeMemory(block.address, block.data);
        break;
      } catch (error) {
        if (i === TRIES) throw lostLoader(this.loader.line.name, doing, error);
        await this.recover(doing, error);
      }
      const found = await this.patiently(doing, () =>
        this.client.readMemory(block.address, block.data.length),
      );
      if (!isErased(found)) break;
    }
    this.counts.writtenBytes += block.data.length;
  }

  /** Every page of the image that differs from it, with what is to be said when it stays so. */
  private async verifyAll(): Promise<{ page: FlashPage; error: Error }[]> {
    const wrong = [];
    for (const page of this.plan.pages) {
      const error = await this.verify(page);
      if (error !== undefined) wrong.push({ page, error });
    }
    return wrong;
  }

  private async verify(page: FlashPage): Promise<Error | undefined> {
    const blocks = this.plan.blocks.filter(({ address }) => isIn(page, address));
    if (this.hasChecksum && (await this.hasRightChecksum(blocks))) {
      this.counts.verifiedBytes += blocks.reduce((sum, { data }) => sum + data.length, 0);
      return undefined;
    }
    for (const { address, data } of blocks) {
      this.tell("verifying");
      const different = await this.readDifference(address, data);
      if (different !== undefined) {
        return keepsOldBytes(address + different.index, different.found, data[different.index], page);
      }
      this.counts.verifiedBytes += data.length;
    }
    return undefined;
  }

  /** What is read carries no checksum, so a difference is believed when it is read again. */
  private async readDifference(
    address: number,
    expected: Uint8Array,
  ): Promise<{ index: number; found: number } | undefined> {
    let index = -1;
    let found = expected;
    for (let i = 0; i < TRIES; i++) {
      found = await this.patiently(`verifying ${hex(address)}`, () =>
        this.client.readMemory(address, expected.length),
      );
      index = expected.findIndex((byte, at) => found[at] !== byte);
      if (index === -1) return undefined;
    }
    return { index, found: found[index] };
  }

  /** A loader that lists the command and does not carry it out is read back instead. */
  private async hasRightChecksum(blocks: readonly FlashBlock[]): Promise<boolean> {
    this.tell("verifying");
    const bytes = Buffer.concat(blocks.map(({ data }) => data));
    try {
      return (await this.client.getChecksum(blocks[0].address, bytes.length)) === crcUnit(bytes);
    } catch (error) {
      await this.recover("verifying", error);
      this.hasChecksum = false;
      return false;
    }
  }
}

function isErased(data: Uint8Array): boolean {
  return data.every((byte) => byte === 0xff);
}
