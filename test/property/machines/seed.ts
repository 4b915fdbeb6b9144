/** How often and from which seed properties run: the same each time, unless FOLKMOOT_SEED says other. */

const seedDefault = 20_250_601;

/** Options for `fc.assert`; a failure prints the seed and the path that replay it. */
export function runs(numRuns: number): { readonly numRuns: number; readonly seed: number } {
  return { numRuns, seed: Number(process.env['FOLKMOOT_SEED'] ?? seedDefault) };
}
