/** To the process that runs an RP2040: put a level on a pin, or a reading on a channel of the ADC; or tell a pin's level. */
export interface ChipQuestion {
  readonly pin?: number;
  readonly level?: number;
  readonly channel?: number;
  readonly reading?: number;
}

/** From it: the number of its TCP port, once; why it could not start; then an answer to each question, in order. */
export type ChipAnswer = { readonly port: number } | { readonly error: string } | { readonly level: number };
