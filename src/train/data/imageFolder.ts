import { basename } from "node:path";
import { UserError, type Warning } from "../../base/errors.js";
import { readBytes } from "../../base/files.js";
import { Tensor } from "../../base/tensor.js";
import { ClassLabels, numberClasses } from "./classes.js";
import { listFiles, listFolders } from "./dataFiles.js";
import { type DataPath, resolveDataPath, showPath } from "./dataPath.js";
import { decodeImage } from "./decodeImage.js";
import { type Image, resizeImage, toChannels } from "./image.js";
import { BadRows, type LoadedData, type OnBad } from "./loadedData.js";
import type { SplitOptions } from "./shareOut.js";
import { split } from "./split.js";

export interface ImageFolderOptions extends SplitOptions {
  /** [height, width] to which every image is averaged; default: that of all images, which must be one. */
  readonly size?: readonly [height: number, width: number];
  /** Default "grey": one channel; "rgb" has three. */
  readonly color?: "grey" | "rgb";
  /** Names of the classes 0, 1, …; default: numbers by size, other names by their characters. */
  readonly classes?: readonly string[];
  /** Default "throw". */
  readonly onBadFile?: OnBad;
}

/** 64 MiB. */
const maximumImageBytes = 2 ** 26;
/** 2 GiB of reals. */
const maximumValues = 2 ** 29;

/**
 * Reads PNG and JPEG images from a folder that has a folder for each class:
 * `imageFolder("digits/", { size: [28, 28], test: 0.2 })`.
 *
 *   inputs   float32 [samples, height, width, channels], 0 is black, 1 is white
 *   targets  class numbers [samples]
 *
 * @throws UserError that names the file that cannot be read or is of another size
 */
export function imageFolder(from: DataPath, options: ImageFolderOptions = {}): LoadedData {
  const { color = "grey", classes } = options;
  expectSize(options.size);
  const folder = resolveDataPath(from);
  const badFiles = new BadRows(options.onBadFile ?? "throw", "onBadFile");
  const files = listImages(folder);
  const images: Image[] = [];
  const labels = new ClassLabels();
  let size = options.size;
  for (const { path, className } of files) {
    const image = readImage(path, options.size, color, badFiles);
    if (image === undefined) continue;
    size ??= [image.height, image.width];
    const [height, width] = size;
    if (image.height !== height || image.width !== width) {
      throw new UserError(
        `${showPath(path)}: has ${image.height} × ${image.width} pixels; the images before have ${height} × ${width}`,
        "give the size that all shall have: { size: [28, 28] }",
      );
    }
    images.push(image);
    labels.push(className);
    if (images.length * image.data.length > maximumValues) {
      throw new UserError(
        `${showPath(folder)}: the images hold more than ${maximumValues} values`,
        "give a smaller size",
      );
    }
  }
  badFiles.expectSome(showPath(folder), images.length, "images");
  const { height, width, channels } = images[0];
  const inputs = Tensor.zeros([images.length, height, width, channels], "float32");
  images.forEach(({ data }, sample) => {
    inputs.data.set(data, sample * data.length);
  });
  const { numbers: targets, classes: classNames } = numberClasses(showPath(folder), labels, classes);
  const warnings = findUnread(folder);
  return {
    ...split({ inputs, targets, classNames }, options),
    skipped: badFiles.skipped,
    ...(warnings.length > 0 && { warnings }),
  };
}

function expectSize(size: ImageFolderOptions["size"]): void {
  if (size?.every((side) => Number.isInteger(side) && side >= 1 && side <= 4096) ?? true) return;
  throw new UserError(`imageFolder: size must be two integers 1..4096, found [${size!.join(", ")}]`);
}

function listImages(folder: string) {
  const images = listFolders(folder).flatMap((path) =>
    listFiles(path, [".png", ".jpg", ".jpeg"]).map((file) => ({ path: file, className: basename(path) })),
  );
  if (images.length > 0) return images;
  throw new UserError(
    `${showPath(folder)}: holds no folder with .png, .jpg or .jpeg files`,
    "put each class's images into a folder of its own",
  );
}

const unread = [".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".ppm", ".pgm", ".tif", ".tiff", ".webp"];

/** Images that are of no kind that is read, or lie in no class's folder or in a folder of that. */
function findUnread(folder: string): Warning[] {
  const images = [".png", ".jpg", ".jpeg", ...unread];
  const folders = listFolders(folder);
  const left = [
    ...listFiles(folder, images),
    ...folders.flatMap((path) => listFiles(path, unread)),
    ...folders.flatMap(listFolders).flatMap((path) => listFiles(path, images)),
  ];
  if (left.length === 0) return [];
  return [
    {
      message: `${showPath(folder)}: ${left.length} images are not read, the first: ${showPath(left[0])}`,
      hint: "save them as .png or .jpg in the folder of their class",
    },
  ];
}

function readImage(
  path: string,
  size: ImageFolderOptions["size"],
  color: "grey" | "rgb",
  badFiles: BadRows,
): Image | undefined {
  try {
    const image = toChannels(
      decodeImage(readBytes(path, maximumImageBytes), showPath(path)),
      color === "rgb" ? 3 : 1,
    );
    return size === undefined ? image : resizeImage(image, ...size);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    badFiles.add(error.message);
    return undefined;
  }
}
