/** Outputs that a step of fullyConnectedBlocked computes at most; up to ten where that is all of them. */
const mostOutputs = 8;
const mostInOneStep = 10;
/** Channels that a step of convolutionPairs computes at most, each at two positions. */
const mostChannels = 4;

function cheapest(blocks: readonly number[], cost: (block: number) => number): number {
  return blocks.reduce((best, block) => (cost(block) < cost(best) ? block : best));
}

function upTo(most: number): number[] {
  return Array.from({ length: most }, (_, i) => most - i);
}

/**
 * Outputs a step for which a fully connected layer takes the fewest instructions of a Cortex-M4: an input is one load, and a
 * load and a multiply-accumulate for each output of the step; outputs that are left over take six for each of their inputs.
 *
 * gcc 12 keeps eight sums in registers; ten only where no loop over steps needs one too. Measured with 64 inputs: four
 * outputs 654 instructions, ten in one step 1 563 and in two 1 661, twelve in one step 2 258 and in two 1 949.
 */
export function chooseOutputBlock(inputs: number, outputs: number): number {
  const most = Math.min(outputs, outputs <= mostInOneStep ? mostInOneStep : mostOutputs);
  return cheapest(upTo(most), (block) => {
    if (block > mostOutputs && block !== outputs) return Number.POSITIVE_INFINITY;
    const steps = Math.floor(outputs / block) * (inputs * (1 + 2 * block) + 20 * block + 8);
    return steps + (outputs % block) * (inputs * 6 + 12);
  });
}

/**
 * Channels a step for which a convolution of pairs of positions does: a tap is two loads, and a load and two
 * multiply-accumulates for each channel; the last step computes some channels again where they do not divide.
 */
export function chooseChannelBlock(taps: number, channels: number): number {
  return cheapest(
    upTo(Math.min(channels, mostChannels)),
    (block) => Math.ceil(channels / block) * (taps * (2 + 3 * block) + 40 * block + 12),
  );
}
