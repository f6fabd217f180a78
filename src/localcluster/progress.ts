/** Shows what is being done: a spinner on a terminal, plain lines elsewhere. */

export interface Step {
  /** Replaces the remark beside the step's name. */
  note(text: string): void;
}

export interface Progress {
  /** Runs `work` as one shown step and passes its result through. */
  step<T>(name: string, work: (step: Step) => Promise<T>): Promise<T>;
  /** Prints a line between steps. */
  say(text: string): void;
}

export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const framePeriodMs = 100;
const reportPeriodMs = 30_000;
const clearLine = '\r\u001b[2K';

const secondsSince = (start: number): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;

function line(mark: string, name: string, start: number, note: string): string {
  return `${mark} ${name.padEnd(34)} ${secondsSince(start).padStart(8)}${note === '' ? '' : `  ${note}`}`;
}

/** Draws frames until the returned function is called. */
function animate(screen: Screen, draw: (mark: string) => string): () => void {
  let tick = 0;
  const timer = setInterval(() => {
    const frame = frames[tick++ % frames.length] ?? '';
    screen.write(clearLine + draw(frame).slice(0, (screen.columns ?? 80) - 1));
  }, framePeriodMs);
  return () => {
    clearInterval(timer);
    screen.write(clearLine);
  };
}

/** Shows in a log that a long step is alive, until the returned function is called. */
function report(screen: Screen, draw: (mark: string) => string): () => void {
  const timer = setInterval(() => screen.write(`${draw('…')}\n`), reportPeriodMs);
  return () => clearInterval(timer);
}

/** Steps may overlap only when `screen` is not a terminal: one spinner has one line. */
export function createProgress(screen: Screen): Progress {
  return {
    say: (text) => void screen.write(`${text}\n`),
    async step(name, work) {
      const start = performance.now();
      let note = '';
      const show = screen.isTTY === true ? animate : report;
      const stop = show(screen, (mark) => line(mark, name, start, note));
      let mark = '✗';
      try {
        const result = await work({ note: (text) => void (note = text) });
        mark = '✓';
        return result;
      } finally {
        stop();
        screen.write(`${line(mark, name, start, note)}\n`);
      }
    },
  };
}
