/** The user's browser, as a port. */
export interface BrowserOpener {
  /**
   * Opens the http(s) URL, its bytes exactly as given, without a shell and without waiting for the
   * browser to end. Resolves with whether a browser could be started. Never throws.
   */
  open(url: string): Promise<boolean>;
}
