import { assertEquals, assertRejects } from "@std/assert";
import { SignInStatus } from "../../../src/bridge/sign_in_status.ts";
import { PatientTokens } from "../../../src/cli/patient_tokens.ts";
import { CausewayError } from "../../../src/errors.ts";
import type { BearerTokens, Refusal, Renewal } from "../../../src/oauth/authorized_http_client.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const REFUSAL: Refusal = {
  status: 401,
  bearer: undefined,
  challenges: [],
  text: "",
  after: undefined,
  mayAskUser: true,
};

/** Tokens that somebody has to sign in for. */
class AwaitedTokens implements BearerTokens {
  readonly #signedIn = Promise.withResolvers<string>();
  closed = false;

  signIn(bearer: string): void {
    this.#signedIn.resolve(bearer);
  }

  current(): Promise<string> {
    return this.#signedIn.promise;
  }

  async renew(): Promise<Renewal> {
    return { kind: "renewed", bearer: await this.#signedIn.promise, by: "sign_in" };
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

function patientTokens(mayWait: boolean) {
  const clock = new FakeClock();
  const inner = new AwaitedTokens();
  const status = new SignInStatus();
  const seen: string[] = [];
  const onBearer = (bearer: string) => void seen.push(bearer);
  const tokens = new PatientTokens(inner, { clock, status, mayWait: () => mayWait, onBearer });
  return { clock, inner, status, seen, tokens };
}

const WAYS = {
  current: (tokens: PatientTokens) => tokens.current(),
  renew: (tokens: PatientTokens) => tokens.renew(REFUSAL),
};
for (const [name, ask] of Object.entries(WAYS)) {
  Deno.test(`PatientTokens.${name}() keeps no request waiting for the user for long`, async () => {
    const { clock, status, tokens } = patientTokens(false);
    status.present({ kind: "browser", url: "https://as.example/authorize?x=1", opened: true });
    const first = assertRejects(() => tokens.renew(REFUSAL), CausewayError);
    const failing = assertRejects(() => ask(tokens), CausewayError);
    await clock.advance(25_000);
    const error = await failing;
    await first;
    assertEquals(error.clause, "the sign-in is not finished yet");
    assertEquals(error.hint?.includes("https://as.example/authorize?x=1"), true);
  });

  Deno.test(`PatientTokens.${name}() waits where the client has had no answer yet`, async () => {
    const { clock, inner, seen, status, tokens } = patientTokens(true);
    const asked = ask(tokens);
    await clock.advance(250_000);
    assertEquals(status.running, true);
    inner.signIn("token-1");
    await asked;
    await ask(tokens);
    assertEquals([seen, status.running], [["token-1"], false]);
  });
}

Deno.test("PatientTokens.close() closes the tokens", async () => {
  const { inner, tokens } = patientTokens(true);
  await tokens.close();
  assertEquals(inner.closed, true);
});
