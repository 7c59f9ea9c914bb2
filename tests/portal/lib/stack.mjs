// Everything in one process on loopback, with retries that wait seconds instead of hours.

import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { until } from "./until.mjs";

/** The schedule's minutes become seconds, and a streak that must last 30 s lasts less than one. */
const RETRY_SCALE = "0.02";
const READY_SECONDS = 60;

/** Starts the stack. What it says goes to `local.log` in the folder. */
export async function startStack(local, folder) {
  const ready = join(folder, "ready.json");
  const log = openSync(join(folder, "local.log"), "w");
  const addresses = ["--api-addr", "--sqs-addr", "--dynamodb-addr"].flatMap((flag) => [flag, "127.0.0.1:0"]);
  const child = spawn(local, ["--no-demo", "--retry-scale", RETRY_SCALE, "--ready-file", ready, ...addresses], {
    stdio: ["ignore", "ignore", log],
    env: { ...process.env, RUST_LOG: "warn" },
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.once("error", (error) => { throw new Error(`${local} cannot be started: ${error.message}`); });
  const addressesOf = async () => {
    if (child.exitCode !== null) throw new Error(`${local} ended at once: see ${folder}/local.log`);
    return JSON.parse(await readFile(ready, "utf8").catch(() => "null"));
  };
  const stop = () => { child.kill(); return gone; };
  try {
    return { ready: await until("the local stack is ready", addressesOf, READY_SECONDS), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
