import { assertEquals } from "@std/assert";
import { judgePinned, type PeerCertificate } from "../../../src/platform/pinned_certificate.ts";

const RAW = Uint8Array.of(0x30, 2, 5, 0);
const TRUSTED = [Uint8Array.of(0x30, 2, 5, 1), Uint8Array.of(...RAW)];
const NOW = Date.UTC(2026, 5, 1);
const PEER: PeerCertificate = {
  raw: RAW,
  subject: { CN: "named.example" },
  subjectaltname:
    "DNS:server.example, DNS:*.wild.example, IP Address:10.1.2.3, IP Address:FD00:0:0:0:0:0:0:1",
  valid_from: "Jan  1 00:00:00 2026 GMT",
  valid_to: "Jan  1 00:00:00 2027 GMT",
};

function judge(hostname: string, peer: PeerCertificate = PEER, wallTime = NOW): string {
  return judgePinned(peer, TRUSTED, { hostname, wallTime });
}

const HOSTS: readonly (readonly [hostname: string, verdict: string])[] = [
  ["server.example", "trusted"],
  ["SERVER.example.", "trusted"],
  ["a.wild.example", "trusted"],
  ["10.1.2.3", "trusted"],
  ["[fd00::1]", "trusted"],
  ["other.example", "wrong_name"],
  ["sub.server.example", "wrong_name"],
  ["a.b.wild.example", "wrong_name"],
  ["wild.example", "wrong_name"],
  ["named.example", "wrong_name"],
  ["10.1.2.4", "wrong_name"],
  ["[fd00::2]", "wrong_name"],
];

for (const [hostname, verdict] of HOSTS) {
  Deno.test(`judgePinned() says ${verdict} for the host ${hostname}`, () => {
    assertEquals(judge(hostname), verdict);
  });
}

Deno.test("judgePinned() goes by the common name when there is no other", () => {
  const { subjectaltname: _, ...peer } = PEER;
  assertEquals(judge("named.example", peer), "trusted");
  assertEquals(judge("server.example", peer), "wrong_name");
  assertEquals(
    judge("b.example", { ...peer, subject: { CN: ["a.example", "b.example"] } }),
    "trusted",
  );
  assertEquals(judge("10.1.2.3", { ...peer, subject: { CN: "10.1.2.3" } }), "wrong_name");
});

Deno.test("judgePinned() reads addresses in the hexadecimal form of Deno 2.6", () => {
  const subjectaltname = "IP Address:0A010203, IP Address:FD000000000000000000000000000001";
  assertEquals(judge("10.1.2.3", { ...PEER, subjectaltname }), "trusted");
  assertEquals(judge("[fd00::1]", { ...PEER, subjectaltname }), "trusted");
  assertEquals(judge("10.1.2.4", { ...PEER, subjectaltname }), "wrong_name");
});

Deno.test("judgePinned() goes by the dates, in the form of Deno 2.6, too", () => {
  const old = {
    ...PEER,
    valid_from: "Jan  1 00:00:00 2026 +00:00",
    valid_to: "Jan  1 00:00:00 2027 +00:00",
  };
  for (const peer of [PEER, old]) {
    assertEquals(judge("server.example", peer, Date.UTC(2025, 11, 31)), "not_yet_valid");
    assertEquals(judge("server.example", peer, NOW), "trusted");
    assertEquals(judge("server.example", peer, Date.UTC(2027, 0, 2)), "expired");
  }
});

Deno.test("judgePinned() refuses dates that it cannot read", () => {
  assertEquals(judge("server.example", { ...PEER, valid_from: "soon" }), "not_yet_valid");
  assertEquals(judge("server.example", { ...PEER, valid_to: "never" }), "expired");
});

Deno.test("judgePinned() compares every byte", () => {
  assertEquals(judge("server.example", { ...PEER, raw: Uint8Array.of(0x30, 2, 5, 2) }), "other");
  assertEquals(judge("server.example", { ...PEER, raw: Uint8Array.of(0x30, 2, 5) }), "other");
  assertEquals(judgePinned(PEER, [], { hostname: "server.example", wallTime: NOW }), "other");
});

Deno.test("judgePinned() says hidden when the runtime shows no certificate", () => {
  assertEquals(judge("server.example", {}), "hidden");
  assertEquals(judge("server.example", { ...PEER, raw: new Uint8Array() }), "hidden");
});
