/** A simulation that went wrong: what was violated, and how to see it again. */

/** How many of the last trace lines a failure prints. */
export const failureTraceLines = 40;

/** Where a simulation stood when it failed. */
export interface FailureContext {
  readonly seed: number;
  /** Virtual milliseconds. */
  readonly time: number;
  /** The last lines of the trace. */
  readonly trace: readonly string[];
  /** The scenario as a script, if one was running. */
  readonly script?: string;
}

/** An invariant was violated, an expectation not met, or an engine threw. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';
  /** What went wrong, without the context. */
  readonly summary: string;
  readonly seed: number;
  readonly time: number;
  readonly trace: readonly string[];

  constructor(summary: string, context: FailureContext, options?: { readonly cause?: unknown }) {
    super(describe(summary, context), options);
    this.summary = summary;
    this.seed = context.seed;
    this.time = context.time;
    this.trace = context.trace;
  }
}

function describe(summary: string, context: FailureContext): string {
  const lines = [summary, `replay with seed ${context.seed}; failed at ${context.time} ms`];
  if (context.script !== undefined) lines.push('scenario:', context.script);
  if (context.trace.length > 0) lines.push('last events:', ...context.trace);
  return lines.join('\n');
}
