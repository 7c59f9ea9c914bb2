// The pictures that the README shows.

import { copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";

const BEST = ["readme-webhooks", "readme-delivery", "readme-overview"];
const MOST_BYTES = 150 * 1024;

/** Copies them. */
export async function publish(pictures, folder) {
  await mkdir(folder, { recursive: true });
  for (const name of BEST) {
    const from = join(pictures, `${name}.png`);
    const { size } = await stat(from);
    if (size > MOST_BYTES) throw new Error(`${from} has ${size} bytes, more than ${MOST_BYTES}`);
    await copyFile(from, join(folder, `${name.replace("readme-", "")}.png`));
  }
}
