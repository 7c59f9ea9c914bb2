#!/usr/bin/env node
// The portal in a real browser.
//
//   run.mjs PATH-OF-LOCAL [--only PART] [--pictures FOLDER] [--publish FOLDER]
//
// Starts the local stack and Debian's chromium (or what CHROMIUM names), and runs the stories in `stories/`, several at once.
// `--only` runs the stories whose names contain PART. Pictures of every page, and of whatever failed, go to FOLDER
// (tests/.deps/portal); `--publish` also copies the best ones there.

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

import { startEndpoints } from "./lib/endpoints.mjs";
import { Platform } from "./lib/platform.mjs";
import { startStack } from "./lib/stack.mjs";
import { publish } from "./lib/pictures.mjs";
import { World } from "./lib/world.mjs";

/** More of them only make each other slow on two cores. */
const AT_ONCE = 3;

/** The longest story waits for a recovery. */
const STORY_SECONDS = 120;

const here = fileURLToPath(new URL(".", import.meta.url));

function arguments_() {
  const pictures = join(here, "../.deps/portal");
  const options = { only: { type: "string", default: "" }, pictures: { type: "string", default: pictures }, publish: { type: "string" } };
  const { values, positionals: [local] } = parseArgs({ options, allowPositionals: true });
  if (!local) throw new Error("usage: run.mjs PATH-OF-LOCAL [--only PART] [--pictures FOLDER] [--publish FOLDER]");
  return { local, ...values };
}

function browserPath() {
  const command = process.env.CHROMIUM ?? "chromium";
  try {
    return execFileSync("sh", ["-c", 'command -v "$1"', "sh", command], { encoding: "utf8" }).trim();
  } catch {
    throw new Error(`${command} is missing: install it (Debian: apt-get install chromium), or set CHROMIUM to a browser's path.`);
  }
}

async function storiesOf(only) {
  const files = (await readdir(join(here, "stories"))).sort();
  const modules = await Promise.all(files.map((file) => import(`./stories/${file}`)));
  const all = modules.flatMap((module) => Object.entries(module));
  return all.filter(([name]) => name.includes(only)).map(([name, story]) => ({ name, story }));
}

/** Runs one story. What it needs is its own, and is closed afterwards. */
async function run({ name, story }, means) {
  const world = new World(name, means);
  const started = performance.now();
  let timer;
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${STORY_SECONDS} s`)), STORY_SECONDS * 1000);
  });
  const failure = await Promise.race([story(world), tooLong]).then(() => world.checkQuiet()).then(() => null, (error) => error);
  clearTimeout(timer);
  if (failure) await world.picturesOfFailure();
  await world.close();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const words = name.replaceAll("_", " ");
  console.log(failure ? `FAILED ${words} (${seconds} s)\n${failure.stack}\n${world.where()}` : `ok     ${words} (${seconds} s)`);
  return !failure;
}

async function runAll(stories, means) {
  const waiting = [...stories];
  let failed = 0;
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) if (!(await run(next, means))) failed += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return failed;
}

async function main() {
  const { local, only, pictures, publish: published } = arguments_();
  const stories = await storiesOf(only);
  if (stories.length === 0) throw new Error(`no story's name contains ${only}`);
  await rm(pictures, { recursive: true, force: true });
  await mkdir(pictures, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "posthorn-portal-"));
  const closing = [() => rm(folder, { recursive: true, force: true })];
  try {
    const browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-gpu"] });
    closing.push(() => browser.close());
    const stack = await startStack(local, folder);
    closing.push(stack.stop);
    const endpoints = await startEndpoints();
    closing.push(endpoints.stop);
    const failed = await runAll(stories, { browser, endpoints, platform: new Platform(stack.ready), pictures, shared: new Map() });
    if (published) await publish(pictures, published);
    console.log(failed ? `${failed} of ${stories.length} stories failed` : `${stories.length} stories, pictures in ${pictures}`);
    process.exitCode = failed ? 1 : 0;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

await main();
