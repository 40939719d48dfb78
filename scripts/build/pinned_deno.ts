/** The Deno release with which this project is built and tested. */
export const PINNED_DENO = "2.9.6";
