/** Commands of Telnet. RFC 854. */
export const Telnet = {
  ...{ subnegotiationEnd: 240, subnegotiation: 250 },
  ...{ will: 251, wont: 252, do: 253, dont: 254, escape: 255 },
} as const;

/** What is not data: an option that is offered, wanted or refused, or something said within one. */
export type TelnetEvent =
  | { readonly verb: number; readonly option: number }
  | { readonly option: number; readonly payload: Uint8Array };

/** Nothing that is answered is nearly as long; of a longer message the rest is forgotten. */
export const LONGEST_MESSAGE = 64;

type State = "data" | "escape" | "verb" | "message" | "message escape";

/** Takes a stream apart, wherever it is cut. Keeps no more than one message of `LONGEST_MESSAGE` bytes. */
export class TelnetDecoder {
  private state: State = "data";
  private verb = 0;
  private message: number[] = [];

  push(bytes: Uint8Array): { readonly data: Uint8Array; readonly events: readonly TelnetEvent[] } {
    const data = new Uint8Array(bytes.length);
    const events: TelnetEvent[] = [];
    let length = 0;
    for (const byte of bytes) {
      const isData = this.take(byte, events);
      if (isData) data[length++] = byte;
    }
    return { data: data.subarray(0, length), events };
  }

  /** @returns whether the byte is data */
  private take(byte: number, events: TelnetEvent[]): boolean {
    switch (this.state) {
      case "data":
        if (byte !== Telnet.escape) return true;
        this.state = "escape";
        return false;
      case "escape":
        this.state = "data";
        if (byte === Telnet.escape) return true;
        if (byte >= Telnet.will) {
          this.verb = byte;
          this.state = "verb";
        } else if (byte === Telnet.subnegotiation) {
          this.message = [];
          this.state = "message";
        }
        return false;
      case "verb":
        events.push({ verb: this.verb, option: byte });
        this.state = "data";
        return false;
      case "message":
        if (byte === Telnet.escape) this.state = "message escape";
        else this.keep(byte);
        return false;
      case "message escape":
        this.state = "message";
        if (byte === Telnet.escape) this.keep(byte);
        else if (byte === Telnet.subnegotiationEnd) {
          const [option, ...payload] = this.message;
          if (option !== undefined) events.push({ option, payload: Uint8Array.from(payload) });
          this.state = "data";
        }
        return false;
    }
  }

  private keep(byte: number): void {
    if (this.message.length < LONGEST_MESSAGE) this.message.push(byte);
  }
}

/** Data as it travels: 255 is doubled. */
export function escapeTelnet(bytes: Uint8Array): Uint8Array {
  const escapes = bytes.reduce((count, byte) => count + (byte === Telnet.escape ? 1 : 0), 0);
  if (escapes === 0) return bytes;
  const doubled = new Uint8Array(bytes.length + escapes);
  let length = 0;
  for (const byte of bytes) {
    doubled[length++] = byte;
    if (byte === Telnet.escape) doubled[length++] = byte;
  }
  return doubled;
}

export function telnetMessage(option: number, payload: readonly number[]): Uint8Array {
  return Uint8Array.of(
    ...[Telnet.escape, Telnet.subnegotiation, option],
    ...escapeTelnet(Uint8Array.from(payload)),
    ...[Telnet.escape, Telnet.subnegotiationEnd],
  );
}
