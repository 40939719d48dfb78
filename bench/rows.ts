import {
  measureEcho,
  measureFirstOutput,
  measureLarge,
  measureMemory,
  measurePipeline,
  measureStart,
  measureStream,
  median,
} from "./measure.ts";
import { atLeast, atMost, type Row } from "./report.ts";
import type { Subject } from "./session.ts";

/** What is compared, and how thoroughly. */
export interface Plan {
  readonly url: string;
  readonly direct: Subject;
  readonly causeway: Subject;
  readonly mcpRemote: Subject;
  /** Path of a program that prints one line, compiled like Causeway. */
  readonly hello: string;
  readonly rounds: number;
  readonly log: (line: string) => void;
}

const STARTS_PER_ROUND = 4;
const EVENTS = 50_000;

/** The cases of the start. */
export async function startRows(plan: Plan): Promise<readonly Row[]> {
  const causeway: number[] = [];
  const mcpRemote: number[] = [];
  const hello: number[] = [];
  const requests: number[] = [];
  const remoteRequests: number[] = [];
  for (let round = 0; round < plan.rounds * STARTS_PER_ROUND; round++) {
    hello.push(await measureFirstOutput(plan.hello));
    const ours = await measureStart(plan.causeway, plan.url);
    causeway.push(ours.ms);
    requests.push(ours.requests);
    if (round % STARTS_PER_ROUND !== 0) continue;
    const theirs = await measureStart(plan.mcpRemote, plan.url);
    mcpRemote.push(theirs.ms);
    remoteRequests.push(theirs.requests);
  }
  const [ours, theirs, least] = [median(causeway), median(mcpRemote), median(hello)];
  return [{
    name: "start to the answer of initialize",
    unit: "ms",
    causeway: ours,
    mcpRemote: theirs,
    targets: [
      atLeast(theirs / ours, 6, "6 x faster than mcp-remote"),
      atMost(ours / least, 1.4, `at most 1.4 x a compiled hello world (${least.toFixed(1)} ms)`),
    ],
  }, {
    name: "HTTP requests before that answer",
    unit: "count",
    causeway: Math.max(...requests),
    mcpRemote: median(remoteRequests),
    targets: [atMost(Math.max(...requests), 1, "exactly 1")],
  }];
}

type Measure = (subject: Subject, url: string) => Promise<number>;

/** Medians of several rounds in which the three take turns. */
async function compare(plan: Plan, name: string, measure: Measure) {
  const values = { direct: [] as number[], causeway: [] as number[], mcpRemote: [] as number[] };
  for (let round = 0; round < plan.rounds; round++) {
    values.direct.push(await measure(plan.direct, plan.url));
    values.causeway.push(await measure(plan.causeway, plan.url));
    values.mcpRemote.push(await measure(plan.mcpRemote, plan.url));
    plan.log(`${name}: round ${round + 1} of ${plan.rounds}`);
  }
  return {
    direct: median(values.direct),
    causeway: median(values.causeway),
    mcpRemote: median(values.mcpRemote),
  };
}

/** The case of one small call after another. */
export async function echoRow(plan: Plan): Promise<Row> {
  const got = await compare(plan, "echo", (subject, url) => measureEcho(subject, url, 2_000));
  return {
    name: "echo, median",
    unit: "ms",
    ...got,
    targets: [atMost(got.causeway / got.direct, 1.9, "at most 1.9 x direct")],
  };
}

/** The case of many callers at once. */
export async function pipelineRow(plan: Plan): Promise<Row> {
  const got = await compare(plan, "32 callers", (subject, url) => {
    return measurePipeline(subject, url, subject.name === "mcp-remote" ? 3_000 : 20_000);
  });
  return {
    name: "32 callers at once",
    unit: "calls/s",
    ...got,
    targets: [
      atLeast(got.causeway / got.direct, 0.5, "at least 0.5 x direct"),
      atLeast(got.causeway / got.mcpRemote, 6, "at least 6 x mcp-remote"),
    ],
  };
}

/** The case of large results. */
export async function largeRow(plan: Plan): Promise<Row> {
  const got = await compare(plan, "8 MB", (subject, url) => measureLarge(subject, url, 8));
  return {
    name: "results of 8 MB",
    unit: "MB/s",
    ...got,
    targets: [
      atLeast(got.causeway / got.direct, 0.45, "at least 0.45 x direct"),
      atLeast(got.causeway / got.mcpRemote, 2, "at least 2 x mcp-remote"),
    ],
  };
}

/** The case of streamed notifications. */
export async function streamRow(plan: Plan): Promise<Row> {
  const got = await compare(plan, "stream", (subject, url) => measureStream(subject, url, EVENTS));
  return {
    name: "50,000 streamed notifications",
    unit: "1/s",
    ...got,
    targets: [atLeast(got.causeway, 150_000, "more than 150,000 a second")],
  };
}

/** The cases of memory. */
export async function memoryRows(plan: Plan): Promise<readonly Row[]> {
  const [theirIdle = NaN] = await measureMemory(plan.mcpRemote, plan.url, []);
  const sizes = await measureMemory(plan.causeway, plan.url, [20_000, 200_000]);
  const [idle = NaN, early = NaN, late = NaN] = sizes;
  return [{
    name: "resident memory, idle",
    unit: "MB",
    causeway: idle,
    mcpRemote: theirIdle,
    targets: [atMost(idle, 60, "at most 60 MB")],
  }, {
    name: "resident memory after 20,000 calls",
    unit: "MB",
    causeway: early,
    targets: [],
  }, {
    name: "resident memory after 200,000 calls",
    unit: "MB",
    causeway: late,
    targets: [atMost(late / early, 1.2, "at most 1.2 x that after 20,000")],
  }];
}
