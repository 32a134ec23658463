import { UserError } from "../base/errors.js";
import type { Answer, Exchange } from "./exchange.js";
import type { Greeting } from "./greeting.js";
import { encodeBaud } from "./healthMessages.js";
import { FIRST_BAUD } from "./line.js";
import { unlessUnknown } from "./linkErrors.js";
import { decodeHello, MessageType } from "./messages.js";

/** So often hello is asked at a new rate: for a second. */
const HELLOS_AT_NEW_RATE = 10;

/**
 * Both sides go over to a rate, and back to the first where nothing is answered at it. Nothing changes for a device that
 * does not answer at all.
 *
 * @throws UserError that says who cannot; the device answers at the first rate then, if it answers at all
 */
export async function raiseRate(exchange: Exchange, greeting: Greeting, baud: number): Promise<void> {
  if (baud === exchange.rate.baud) return;
  exchange.rate.expectSettable();
  let hello: Answer;
  try {
    hello = await greeting.ask();
  } catch {
    // firmware may have that rate from the start; else whoever asks next tells of the silence
    await tryRate(exchange, greeting, baud);
    return;
  }
  const request = { what: `${baud} baud`, type: MessageType.baud, payload: encodeBaud(baud) };
  if ((await unlessUnknown(() => exchange.ask(request))) === undefined) {
    if (decodeHello(hello.payload).features.includes("guest")) {
      throw new UserError(
        `the link on ${exchange.name} is a part of another program, whose UART has ${FIRST_BAUD} baud`,
        `set ${baud} baud in that program and give --baud ${baud} again, or leave out --baud`,
      );
    }
    throw new UserError(
      `the firmware of ${exchange.name} has no rate but ${FIRST_BAUD} baud`,
      "it is older: export, build and flash it again with this version of pinfer",
    );
  }
  if (await tryRate(exchange, greeting, baud)) return;
  await greeting.ask();
  throw new UserError(
    `${exchange.name} answers nothing at ${baud} baud`,
    "take a lower rate, a shorter cable or another adapter",
  );
}

/** @returns whether the device answers at it; the line has the first rate again if not */
async function tryRate(exchange: Exchange, greeting: Greeting, baud: number): Promise<boolean> {
  const { rate } = exchange;
  rate.isOnTrial = true;
  try {
    await rate.set(baud);
    await greeting.ask(HELLOS_AT_NEW_RATE);
    return true;
  } catch {
    await rate.fallBack();
    return false;
  } finally {
    rate.isOnTrial = false;
  }
}

/** So that whoever opens the port next need not wait until the board has noticed. */
export async function lowerRate(exchange: Exchange): Promise<void> {
  const request = {
    what: "the first rate",
    type: MessageType.baud,
    payload: encodeBaud(FIRST_BAUD),
    tries: 1,
  };
  await exchange.ask(request);
  await exchange.rate.fallBack();
}
