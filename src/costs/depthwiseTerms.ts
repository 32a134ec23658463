import { type KernelTerms, type Numbers, unrolledTaps, when } from "./kernelTerms.js";

/** Values that a strip's windows reach into along it. */
function distinctValues(strip: number, stride: number, taps: number, tapStep: number): number {
  const places = new Set<number>();
  for (let p = 0; p < strip; p++) for (let k = 0; k < taps; k++) places.add(p * stride + k * tapStep);
  return places.size;
}

/** Registers that a Cortex-M4 has for sums and values beside weights and pointers. */
const heldWords = 10;

/** 1 where a line's last strip begins in the one before: where strips begin is worked out then, and not counted. */
function movesBack({ lastStart, strip }: Numbers): number {
  return when(lastStart! % strip! !== 0);
}

/** Of depthwise convolutions. */
export const depthwiseTerms: Readonly<Record<string, KernelTerms>> = {
  depthwiseConvolution: {
    time: (n) => {
      const outputs = n.outHeight! * n.outWidth! * n.inChannels! * n.channelMultiplier!;
      return {
        ...{ call: 1, output: outputs, row: outputs * n.kernelHeight! },
        ...{ tap: outputs * n.kernelHeight! * n.kernelWidth!, shifted: outputs * n.hasLeftShift! },
      };
    },
    code: (n) => ({ call: 1, shifted: n.hasLeftShift! }),
  },
  depthwiseStrips: {
    time: (n) => {
      const channels = n.inChannels! * n.channelMultiplier!;
      const strips = channels * n.lines! * n.strips!;
      const values = distinctValues(n.strip!, n.stripStep!, n.tapsAlong!, n.tapAlongStep!);
      const copied = n.hasPlane! * n.groups! * n.inHeight!;
      const rolled = when(n.tapsAlong! > unrolledTaps || n.tapsAcross! > unrolledTaps);
      return {
        ...{
          call: 1,
          padding: n.hasPlane! * (n.planeSize! - n.inHeight! * n.inWidth! * n.group!),
          channel: channels,
        },
        ...{ copiedRow: copied, copied: copied * n.inWidth! * when(n.group === 1) },
        ...{
          copiedFour: copied * n.inWidth! * when(n.group === 4),
          line: channels * n.lines! * when(n.strips! > 1),
          moved: strips * movesBack(n),
          severalStrips: strips * when(n.strips! > 1),
          strip: strips,
        },
        ...{
          output: strips * n.strip! * (1 - n.isRectified!),
          rectified: strips * n.strip! * n.isRectified!,
        },
        ...{ tap: strips * n.tapsAcross! * n.tapsAlong!, value: strips * n.tapsAcross! * values },
        ...{
          product: strips * n.tapsAcross! * n.tapsAlong! * n.strip!,
          rolled: rolled * strips * n.tapsAcross! * n.tapsAlong!,
        },
      };
    },
    code: (n) => {
      const taps = Math.min(n.tapsAcross!, unrolledTaps) * Math.min(n.tapsAlong!, unrolledTaps);
      return {
        ...{ call: 1, plane: n.hasPlane!, four: n.hasPlane! * when(n.group === 4), output: n.strip! },
        ...{
          rectified: n.strip! * n.isRectified!,
          tap: taps,
          product: taps * n.strip!,
          rest: when(n.restChannels! > 0),
        },
      };
    },
  },
  depthwisePairs: {
    time: (n) => {
      const strips = n.channels! * n.lines! * n.strips!;
      const first = Math.ceil(n.tapsAlong! / 2);
      const second = Math.floor(n.tapsAlong! / 2) + 1;
      // windows that begin with a pair's second value
      const others = n.stripStep! % 2 === 0 ? 0 : Math.floor(n.strip! / 2);
      const products = (n.strip! - others) * first + others * second;
      const putAway = Math.max(0, n.strip! + n.pairs! - heldWords);
      return {
        ...{ call: 1, padding: n.planeEnd! - n.planeStart!, channel: n.channels! },
        ...{
          copiedRow: n.channels! * n.copiedLines! * n.chunks!,
          copied: n.channels! * n.copiedLines! * n.chunks! * n.chunk!,
        },
        ...{
          weight: n.channels! * n.tapsAcross! * n.tapsAlong!,
          line: n.channels! * n.lines! * when(n.strips! > 1),
          moved: strips * movesBack(n),
          severalStrips: strips * when(n.strips! > 1),
          strip: strips,
        },
        ...{ output: strips * n.strip! * (1 - n.hasOneShift!), scaled: strips * n.strip! * n.hasOneShift! },
        ...{
          value: strips * n.tapsAcross! * n.pairs!,
          weightPair: strips * n.tapsAcross! * (n.tapsAlong! - 1),
        },
        ...{ product: strips * n.tapsAcross! * products, putAway: strips * putAway },
      };
    },
    code: (n) => ({
      ...{ call: 1, output: n.strip!, scaled: n.strip! * n.hasOneShift!, copied: n.chunk! },
      ...{
        weight: n.tapsAcross! * n.tapsAlong!,
        pair: n.tapsAcross! * n.pairs!,
        product: n.tapsAcross! * n.pairs! * n.strip!,
      },
    }),
  },
};
