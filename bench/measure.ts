import { cleanEnvironment } from "./clean_environment.ts";
import { call, INITIALIZE, openReady, type Session, type Subject } from "./session.ts";

const WIDTH = 32;

/** Milliseconds from the start of the program to its answer to `initialize`, and the requests made. */
export interface Start {
  readonly ms: number;
  readonly requests: number;
}

/** Starts a subject once and takes the time until it answers `initialize`. */
export async function measureStart(subject: Subject, url: string): Promise<Start> {
  await takeRequestCount(url);
  const started = performance.now();
  await using session = subject.open(url);
  await session.roundTrip(INITIALIZE);
  const ms = performance.now() - started;
  return { ms, requests: await takeRequestCount(url) };
}

/** Milliseconds from the start of a program to its first output. */
export async function measureFirstOutput(program: string): Promise<number> {
  const started = performance.now();
  const child = new Deno.Command(program, {
    clearEnv: true,
    env: cleanEnvironment({}),
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const ms = performance.now() - started;
  await reader.cancel();
  await child.status;
  return ms;
}

/** The median time of one small call after another, in milliseconds. */
export async function measureEcho(subject: Subject, url: string, calls: number): Promise<number> {
  await using session = await openReady(subject, url);
  const times: number[] = [];
  for (let id = 1; id <= calls; id++) {
    const started = performance.now();
    const answer = await session.roundTrip(call(id, "echo", { text: "hello" }));
    times.push(performance.now() - started);
    if (id === 1) requireText(answer, '"hello"');
  }
  return median(times.slice(Math.floor(calls / 10)));
}

/** Calls in a second, of 32 callers at once. */
export async function measurePipeline(
  subject: Subject,
  url: string,
  calls: number,
): Promise<number> {
  await using session = await openReady(subject, url);
  await runCalls(session, Math.floor(calls / 10));
  const started = performance.now();
  await runCalls(session, calls);
  return calls / seconds(started);
}

/** Megabytes of results in a second, of calls whose results have 8 MB each. */
export async function measureLarge(subject: Subject, url: string, calls: number): Promise<number> {
  await using session = await openReady(subject, url);
  await session.roundTrip(call(1, "large", {}));
  let bytes = 0;
  const started = performance.now();
  for (let id = 2; id < calls + 2; id++) {
    bytes += (await session.roundTrip(call(id, "large", {}))).length;
  }
  return bytes / 1e6 / seconds(started);
}

/** Notifications in a second, of one call that is answered by a stream of them. */
export async function measureStream(
  subject: Subject,
  url: string,
  events: number,
): Promise<number> {
  await using session = await openReady(subject, url);
  await session.stream(call(1, "stream", { events: 1000 }), 1000);
  const started = performance.now();
  await session.stream(call(2, "stream", { events }), events);
  return events / seconds(started);
}

/** Resident memory in megabytes: idle after the handshake, then after each number of calls. */
export async function measureMemory(
  subject: Subject,
  url: string,
  marks: readonly number[],
): Promise<readonly number[]> {
  await using session = await openReady(subject, url);
  await settle();
  const sizes = [await residentMegabytes(session.pid)];
  let made = 0;
  for (const mark of marks) {
    await runCalls(session, mark - made);
    made = mark;
    await settle();
    sizes.push(await residentMegabytes(session.pid));
  }
  return sizes;
}

/** The middle one of the values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function runCalls(session: Session, calls: number): Promise<void> {
  return session.pipeline(calls, WIDTH, (index) => call(index + 1, "echo", { text: "hello" }));
}

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_500));
}

async function takeRequestCount(url: string): Promise<number> {
  return Number(await (await fetch(new URL("/requests", url))).text());
}

/** `NaN` where the system does not tell. */
async function residentMegabytes(pid: number | undefined): Promise<number> {
  if (pid === undefined) return NaN;
  if (Deno.build.os === "linux") {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1000 * 1.024;
  }
  if (Deno.build.os !== "darwin") return NaN;
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", `${pid}`] })
    .output();
  return Number(new TextDecoder().decode(stdout)) * 1.024 / 1000;
}

function seconds(started: number): number {
  return (performance.now() - started) / 1000;
}

function requireText(answer: Uint8Array, text: string): void {
  const got = new TextDecoder().decode(answer);
  if (!got.includes(text)) throw new Error(`The answer is not that of the call: ${got}`);
}
