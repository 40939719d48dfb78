/** The most bytes read of a body that only serves as an explanation. */
export const MAX_EXPLANATION_BYTES = 64 * 1024;
