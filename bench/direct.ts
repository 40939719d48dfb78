import type { Session, Subject } from "./session.ts";

/** A client that speaks HTTP itself: `fetch` with kept-alive connections, as the SDKs use it. */
export const DIRECT: Subject = {
  name: "direct",
  open: (url) => new DirectSession(url),
};

class DirectSession implements Session {
  readonly pid = undefined;
  readonly #url: string;
  #session: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async roundTrip(message: string): Promise<Uint8Array> {
    const reply = await this.#post(message);
    this.#session ??= reply.headers.get("mcp-session-id") ?? undefined;
    return new Uint8Array(await reply.arrayBuffer());
  }

  async notify(message: string): Promise<void> {
    await (await this.#post(message)).body?.cancel();
  }

  async pipeline(count: number, width: number, message: (index: number) => string): Promise<void> {
    let next = 0;
    const caller = async (): Promise<void> => {
      while (next < count) await this.roundTrip(message(next++));
    };
    await Promise.all(Array.from({ length: width }, caller));
  }

  async stream(message: string, events: number): Promise<void> {
    const reply = await this.#post(message);
    let ends = 0;
    for await (const chunk of reply.body ?? []) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) ends += 1;
    }
    // Each event has three line ends.
    if (ends !== (events + 1) * 3) throw new Error(`The stream had ${ends} lines`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reply = await fetch(this.#url, { method: "DELETE", headers: this.#headers() });
    await reply.body?.cancel();
  }

  #post(body: string): Promise<Response> {
    return fetch(this.#url, { method: "POST", headers: this.#headers(), body });
  }

  #headers(): Record<string, string> {
    return {
      "content-type": "application/json",
      "accept": "application/json, text/event-stream",
      ...(this.#session === undefined ? {} : { "mcp-session-id": this.#session }),
    };
  }
}
