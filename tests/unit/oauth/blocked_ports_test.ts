import { assertEquals } from "@std/assert";
import { unblockedPort } from "../../../src/oauth/blocked_ports.ts";

Deno.test("unblockedPort() steps over the ports that browsers refuse", () => {
  const ports = [3334, 6000, 6665, 6669, 10080, 49150].map(unblockedPort);
  assertEquals(ports, [3334, 6001, 6670, 6670, 10081, 49150]);
});
