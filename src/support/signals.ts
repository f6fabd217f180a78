/** Turns SIGTERM and SIGINT into an AbortSignal. A second signal does not end the process any faster. */
export function installSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => controller.abort(new Error(`received ${name}`)));
  }
  return controller.signal;
}
