import { UserError } from "../base/errors.js";
import { quoted } from "../base/printable.js";

/** Of a port that a network reaches. */
export interface NetworkAddress {
  readonly host: string;
  readonly port: number;
}

export type PortName =
  | { readonly kind: "serial"; readonly path: string }
  | ({ readonly kind: "tcp" | "rfc2217" } & NetworkAddress);

const schemes: readonly string[] = ["tcp", "rfc2217"];
const LARGEST_PORT = 65_535;
/** Names of the domain name system are no longer. RFC 1035 §2.3.4. */
const LONGEST_HOST = 253;

/**
 * What a --port names: a path of this computer, "tcp://host:port", whose bytes are those of the wire, or
 * "rfc2217://host:port", whose server is told baud rate, parity and lines too. An IPv6 address stands in brackets.
 *
 * @throws UserError that says which part is not as expected
 */
export function readPortName(text: string): PortName {
  if (text === "") throw new UserError("the port has no name", `give ${examples()}`);
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return { kind: "serial", path: text };
  if (!schemes.includes(scheme)) {
    throw new UserError(
      `port ${quoted(text)} begins with ${quoted(`${scheme}://`)}; expected ${schemes.map((known) => `${known}://`).join(" or ")}`,
      `give ${examples()}`,
    );
  }
  return { kind: scheme as "tcp" | "rfc2217", ...readAddress(text, scheme, rest) };
}

function examples(): string {
  return "a path such as /dev/ttyUSB0 or COM4, tcp://host:port or rfc2217://host:port";
}

function readAddress(text: string, scheme: string, rest: string): NetworkAddress {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^[\]]*?)):([^:]*)$/s.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || digits === undefined) {
    throw unlike(text, `${scheme}://host:port`, "a host and a port number, with a colon between");
  }
  if (bracketed !== undefined && !isIPv6(bracketed)) {
    throw unlike(text, `${scheme}://[::1]:4000`, "an IPv6 address in the brackets", bracketed);
  }
  if (plain?.includes(":")) {
    throw unlike(text, `${scheme}://[::1]:4000`, "brackets around an IPv6 address", plain);
  }
  if (
    plain !== undefined &&
    (!/^[a-z0-9_]([a-z0-9._-]*[a-z0-9_.])?$/i.test(plain) || plain.length > LONGEST_HOST)
  ) {
    throw unlike(
      text,
      `${scheme}://lab.example.org:4000`,
      "a host of letters, digits, dots and hyphens",
      plain,
    );
  }
  const port = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || port < 1 || port > LARGEST_PORT) {
    throw unlike(text, `${scheme}://host:4000`, `a port number from 1 to ${LARGEST_PORT}`, digits);
  }
  return { host, port };
}

/** A zone may stand behind "%". */
function isIPv6(text: string): boolean {
  return text.includes(":") && URL.canParse(`http://[${text.replace(/%[\w.-]+$/, "")}]`);
}

function unlike(text: string, example: string, expected: string, found?: string): UserError {
  const what = found === undefined ? "" : `, found ${quoted(found)}`;
  return new UserError(`port ${quoted(text)}: expected ${expected}${what}`, `write it like ${example}`);
}
