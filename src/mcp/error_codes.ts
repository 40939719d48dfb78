/** The errors by which a server of the 2026-07-28 era is recognized (2026-07-28, "Error Codes"). */
export const MODERN_ERROR_CODES: ReadonlySet<number> = new Set([-32020, -32021, -32022]);

/** Causeway's own code for a server that could not be reached or did not answer as it should. */
export const SERVER_UNREACHABLE = -32000;
/** Causeway's own code for a sign-in that is needed or failed. */
export const AUTHORIZATION_FAILED = -32010;
