import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  newKeyText,
  seal,
  type SealingKey,
  sealingKeyFrom,
  unseal,
} from "../../../src/credentials/sealing.ts";

async function newKey(): Promise<SealingKey> {
  const key = await sealingKeyFrom(newKeyText());
  if (key === undefined) throw new Error("no key");
  return key;
}

Deno.test("unseal() opens what seal() sealed, with the same key beside the same context only", async () => {
  const key = await newKey();
  const text = JSON.stringify({ accessToken: "é".repeat(20_000) });
  const sealed = await seal(key, text, "context");
  assertEquals(await unseal(key, sealed, "context"), text);
  assertEquals(await unseal(key, sealed, "another context"), undefined);
  assertEquals(await unseal(await newKey(), sealed, "context"), undefined);
});

Deno.test("unseal() refuses every changed byte, and what is no sealed text at all", async () => {
  const key = await newKey();
  const sealed = await seal(key, "secret", "context");
  const bytes = Uint8Array.from(atob(sealed.ciphertext), (one) => one.charCodeAt(0));
  for (const index of bytes.keys()) {
    const changed = bytes.map((byte, at) => at === index ? byte ^ 1 : byte);
    const ciphertext = btoa(String.fromCharCode(...changed));
    assertEquals(await unseal(key, { ...sealed, ciphertext }, "context"), undefined);
  }
  const nonces = ["", "AAAA", btoa("\0".repeat(12)), "!", `${sealed.nonce}AAAA`];
  for (const nonce of nonces) {
    assertEquals(await unseal(key, { ...sealed, nonce }, "context"), undefined, nonce);
  }
  for (const ciphertext of ["", "AAAA", "%", sealed.ciphertext.slice(0, 8)]) {
    assertEquals(await unseal(key, { ...sealed, ciphertext }, "context"), undefined, ciphertext);
  }
});

Deno.test("seal() never repeats a nonce and shows nothing of the text", async () => {
  const key = await newKey();
  const sealed = await Promise.all(Array.from({ length: 50 }, () => seal(key, "canary", "c")));
  assertEquals(new Set(sealed.map(({ nonce }) => nonce)).size, 50);
  assertEquals(new Set(sealed.map(({ ciphertext }) => ciphertext)).size, 50);
  assert(!JSON.stringify(sealed).includes("canary"));
});

Deno.test("newKeyText() makes a fresh key of 32 bytes that no keychain tool need quote", async () => {
  const texts = Array.from({ length: 20 }, newKeyText);
  for (const text of texts) assertMatch(text, /^[A-Za-z0-9_-]{43}$/);
  assertEquals(new Set(texts).size, 20);
  assertNotEquals((await newKey()).id, (await newKey()).id);
});

Deno.test("sealingKeyFrom() takes no other text for a key", async () => {
  for (const text of ["", "short", "!", "A".repeat(42), "A".repeat(44), "A".repeat(86)]) {
    assertEquals(await sealingKeyFrom(text), undefined, text);
  }
});
