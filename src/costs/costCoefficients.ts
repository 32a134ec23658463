/**
 * What kernels take for each of their terms (costTerms.ts), by core and kernel: cycles of a Cortex-M4 as `profile
 * --virtual` models them, instructions of a Cortex-M3, and bytes of code, compiled for speed. Written by
 * scripts/fitCosts.mjs, which measures some hundred calls on QEMU with gcc 12.2, and prints how far the model is off. By
 * hand: a step of fullyConnectedBlocked is its loop's eight at least. The fit, of 64 inputs and more, puts it into the
 * outputs, and a network of four neurons took 101 instructions instead of 73.
 */
export const coefficientTable = `
cortex-m4 convolution time: call 143.7, output 23.91, tap 6.242, value 8.625
cortex-m4 convolution code: call 260.8
cortex-m4 convolutionPairs time: copiedRow 25.09, copied 1.969, channel 43.41, rectified 44.02, turn 12.02, tap 2.116, product 4.002, single 1.344, loopedTap 6.254, loopedProduct 3.475
cortex-m4 convolutionPairs code: call 159.5, copies 270.4, channel 94.77, rectified 60.72, product 13.15
cortex-m4 convolutionDigits time: padding 7.161, value 3.568, packedValue 4.764, kept 3.714, gathered 7.445, gatheredRow 4.145, block 113.4, rectified 97.48, loopedLine 5.666, turn 8.86, lonePair 9.085, pair 16.3, single 3.389
cortex-m4 convolutionDigits code: call 380, padding 92.8, gathered 173.5, rectified 58.65, pair 48.97
cortex-m4 convolutionWinograd time: pair 21.71, point 63.93, settled 11.84, rectified 110.8, uneven 0.001466, weights 29.48, strip 174.6, value 16.7, transformed 58.31, kept 8.178
cortex-m4 convolutionWinograd code: call 1075, pair 67.54, rectified 109, uneven 0.2335
cortex-m4 fullyConnected time: output 29.4, product 8.326
cortex-m4 fullyConnected code: call 146.7
cortex-m4 fullyConnectedBlocked time: call 30.59, step 8, output 12.11, ownFactor 7.392, turn 13.7, product 2.801, rest 59.4, restProduct 7.706
cortex-m4 fullyConnectedBlocked code: call 38.08, input 5.933, product 6.177, output 50.63, ownFactor 12.61, rest 66.65
cortex-m4 fullyConnectedDigits time: call 69.26, block 2.095, output 8.874, ownFactor 4.909, turn 4.545, four 5.567, fourPair 8.273, rest 5.765, restPair 4.011
cortex-m4 fullyConnectedDigits code: call 7.936, four 10.37, fourPair 29.59, output 51.8, ownFactor 19.35
cortex-m4 depthwiseConvolution time: output 51.89, tap 10.88
cortex-m4 depthwiseConvolution code: call 236.4
cortex-m4 depthwiseStrips time: call 194.5, padding 4.785, channel 25.68, copied 3.87, copiedFour 4.427, line 24.73, moved 8.934, severalStrips 0.09369, output 10.41, rectified 5.559, tap 0.5228, value 2.546, product 1.266
cortex-m4 depthwiseStrips code: call 206.9, plane 73.59, four 35.05, output 16.49, tap 2.913, product 8.347, rest 151.6
cortex-m4 depthwisePairs time: call 243.1, padding 0.4565, channel 4.382, copiedRow 6.112, copied 3.367, weight 2.705, line 13.78, moved 18.31, strip 4.806, output 5.074, scaled 2.009, value 0.94, weightPair 1.401, product 1.762, putAway 8.357
cortex-m4 depthwisePairs code: call 157.5, output 2.042, copied 16.4, weight 19.16, product 3.248
cortex-m3 convolution time: output 27.4, tap 4.941, value 5.737
cortex-m3 convolution code: call 259.6
cortex-m3 convolutionPairs time: copiedRow 16.21, copied 1.079, block 2.503, channel 34.25, rectified 36.86, turn 7.993, tap 1.345, product 3.213, single 0.6303, loopedTap 2.339, loopedProduct 4.319
cortex-m3 convolutionPairs code: call 160.7, copies 275.8, channel 46.85, rectified 73.21, product 17.54
cortex-m3 fullyConnected time: call 14.14, output 25.25, product 5.028
cortex-m3 fullyConnected code: call 141
cortex-m3 fullyConnectedBlocked time: call 38.56, step 8, output 9.014, ownFactor 3.384, turn 11.74, input 0.01006, product 2.036, single 1.139, spilled 0.6592, rest 50.23, restProduct 4.623
cortex-m3 fullyConnectedBlocked code: call 44.45, input 7.078, product 6.69, output 38.38, ownFactor 17.41, rest 86.49
cortex-m3 depthwiseConvolution time: output 31.19, tap 9.181
cortex-m3 depthwiseConvolution code: call 229.6
cortex-m3 depthwiseStrips time: padding 3.851, channel 11.44, copied 2.922, copiedFour 4.12, line 19.11, moved 17.5, severalStrips 0.7455, output 9.468, rectified 5.603, tap 0.5097, value 0.8119, product 1.587
cortex-m3 depthwiseStrips code: call 181.7, plane 119.6, four 42.32, output 9.396, product 9.709, rest 150.6
`;
