/** The loopback addresses that this machine has: containers often have no IPv6 at all. */
export const LOOPBACK_ADDRESSES: readonly string[] = ["127.0.0.1", "::1"].filter((hostname) => {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrNotAvailable) return false;
    throw error;
  }
});
