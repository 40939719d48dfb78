/**
 * How long tests wait for what must happen, in milliseconds: generous, since the machine may be ten
 * times slower than usual. Only a test that fails waits that long.
 */
export const PATIENCE = 60_000;

/**
 * Waits until `condition` holds.
 * @throws {Error} when it does not within `patience` milliseconds; the text names `what`
 */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patience = PATIENCE,
): Promise<void> {
  const start = performance.now();
  while (!await condition()) {
    if (performance.now() - start > patience) {
      throw new Error(`Waited ${patience} ms in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * The value of `promise`, if it comes in time.
 * @throws {Error} when it does not within `patience` milliseconds; the text names `what`
 */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  patience = PATIENCE,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Waited ${patience} ms in vain for ${what}`)),
      patience,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
