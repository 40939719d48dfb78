import { assertEquals } from "@std/assert";
import { surveyBytes } from "../../../src/jsonrpc/byte_survey.ts";
import { seededRandom } from "../../support/seeded_random.ts";

Deno.test("surveyBytes() sees each kind of byte at each place, whatever the view's start", () => {
  for (let offset = 0; offset < 5; offset++) {
    for (let length = 0; length < 14; length++) {
      for (
        const [byte, kind] of [[0x0a, "control"], [0x1f, "control"], [0x80, "beyondAscii"], [
          0xff,
          "beyondAscii",
        ], [0x5c, "backslash"]] as const
      ) {
        for (let at = 0; at < length; at++) {
          const bytes = new Uint8Array(new ArrayBuffer(32), offset, length).fill(0x20);
          bytes[at] = byte;
          const expected = { control: false, beyondAscii: false, backslash: false, [kind]: true };
          assertEquals(
            surveyBytes(bytes),
            expected,
            `${byte} at ${at} of ${length} from ${offset}`,
          );
        }
      }
    }
  }
});

Deno.test("surveyBytes() agrees with a look at each byte on random texts", () => {
  const random = seededRandom(31);
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * 40) }, () => {
      return random() < 0.97 ? 0x20 + Math.floor(random() * 0x60) : Math.floor(random() * 256);
    });
    assertEquals(surveyBytes(bytes), {
      control: bytes.some((byte) => byte < 0x20),
      beyondAscii: bytes.some((byte) => byte >= 0x80),
      backslash: bytes.includes(0x5c),
    });
  }
});
