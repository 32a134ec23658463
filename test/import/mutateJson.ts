import type { Random } from "../../src/base/random.js";

/** A value of parsed JSON, and where it stands. */
interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** Values at which readers of shapes, sizes and names go wrong. */
const strange: readonly unknown[] = [
  ...[0, 1, 2, 3, 5, -1, 0.5, 255, 2 ** 16, 2 ** 24, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, -1e300],
  ...[null, true, false, "", "__proto__", "linear", "softmax", "same", "channels_first", [], {}],
];

function placesIn(value: unknown, places: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null) return places;
  const parent = value as Record<string, unknown>;
  for (const key of Object.keys(parent)) {
    places.push({ parent, key });
    placesIn(parent[key], places);
  }
  return places;
}

/**
 * A damaged copy of parsed JSON: one to four values that are replaced by strange ones, by numbers nearby or by another
 * value of the same text, left out, put in twice, or exchanged.
 */
export function mutateJson(original: unknown, random: Random): unknown {
  const root = { value: structuredClone(original) };
  for (let count = 1 + random.integer(4); count > 0; count--) {
    const places = placesIn(root);
    if (places.length === 0) break; // all of it was left out
    const { parent, key } = places[random.integer(places.length)]!;
    const other = places[random.integer(places.length)]!;
    const before = parent[key];
    switch (random.integer(8)) {
      case 0:
        parent[key] = structuredClone(strange[random.integer(strange.length)]);
        break;
      case 1:
      case 2:
        parent[key] =
          typeof before === "number"
            ? before + random.integer(9) - 4
            : structuredClone(other.parent[other.key]);
        break;
      case 3:
        parent[key] = structuredClone(other.parent[other.key]);
        break;
      case 4:
        if (Array.isArray(parent)) parent.splice(Number(key), 1);
        else delete parent[key];
        break;
      case 5:
        if (Array.isArray(parent)) parent.splice(Number(key), 0, structuredClone(before));
        else parent[other.key] = structuredClone(before);
        break;
      case 6: {
        const value = structuredClone(other.parent[other.key]);
        other.parent[other.key] = structuredClone(before);
        parent[key] = value;
        break;
      }
      default:
        parent[key] = [structuredClone(before)];
    }
  }
  return root.value;
}
