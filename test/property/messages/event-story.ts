/** What may happen to a cluster whose nodes send user events, as a story that fast-check draws and prints. */

import fc from 'fast-check';

/** One thing that happens. Nodes are named by id; one that does not run (yet) leaves the step out. */
export type Step =
  /** So many events in a row, in one instant. */
  | { readonly kind: 'emit'; readonly node: string; readonly count: number }
  | { readonly kind: 'run'; readonly forMs: number }
  | {
      readonly kind: 'network';
      readonly lossRate: number;
      readonly duplicateRate: number;
      readonly reorderRate: number;
      readonly delayMs: number;
    }
  /** Cuts one side off from all others; the cut ends by itself. */
  | { readonly kind: 'cut'; readonly side: readonly string[]; readonly forMs: number }
  /** A new node, `j1`, `j2`, …, joins one that is there. */
  | { readonly kind: 'join'; readonly via: string; readonly ignoreOld: boolean }
  /** A crash, and the process starts again: as our worker does with memory, or as a new process. */
  | {
      readonly kind: 'restart';
      readonly node: string;
      readonly downMs: number;
      readonly memory: 'checkpoint' | 'none';
    };

export interface Story {
  readonly seed: number;
  readonly nodes: number;
  readonly eventSlots: number;
  readonly steps: readonly Step[];
}

/** Nodes that may join in the course of a story. */
const joinersMax = 3;

const index = fc.nat(7 + joinersMax);
const rate = fc.constantFrom(0, 0.1, 0.4);

/** Steps with nodes as numbers: which ids there are follows from the size of the cluster. */
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('emit' as const),
      node: index,
      count: fc.constantFrom(1, 1, 2, 12),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      forMs: fc.constantFrom(20, 200, 1_000, 5_000, 40_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('network' as const),
      lossRate: rate,
      duplicateRate: rate,
      reorderRate: rate,
      delayMs: fc.constantFrom(1, 30, 250),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('cut' as const),
      side: fc.uniqueArray(index, { minLength: 1, maxLength: 3 }),
      forMs: fc.constantFrom(300, 2_000, 15_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('join' as const),
      via: index,
      ignoreOld: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('restart' as const),
      node: index,
      downMs: fc.constantFrom(0, 500, 20_000),
      memory: fc.constantFrom('checkpoint' as const, 'none' as const),
    }),
  },
);

/** Any story. `eventSlots` is small at times, so that events grow too old. */
export const story: fc.Arbitrary<Story> = fc
  .record({
    seed: fc.nat(0xffff),
    nodes: fc.integer({ min: 3, max: 8 }),
    eventSlots: fc.constantFrom(512, 16, 8),
    steps: fc.array(step, { minLength: 4, maxLength: 25, size: 'max' }),
  })
  .map(({ steps, ...rest }) => {
    const ids = [...idsOf('n', rest.nodes), ...idsOf('j', joinersMax)];
    const idOf = (number: number): string => ids[number % ids.length] as string;
    const told = steps.map((each): Step => {
      switch (each.kind) {
        case 'emit':
        case 'restart':
          return { ...each, node: idOf(each.node) };
        case 'cut':
          return { ...each, side: [...new Set(each.side.map(idOf))] };
        case 'join':
          return { ...each, via: idOf(each.via) };
        case 'run':
        case 'network':
          return each;
        default:
          return each satisfies never;
      }
    });
    return printed({ ...rest, steps: told });
  });

/** Makes a story print as one. */
function printed(drawn: Story): Story {
  const { seed, nodes, eventSlots, steps } = drawn;
  const head = `seed ${seed}: ${nodes} nodes, a window of ${eventSlots} times`;
  const text = [head, ...steps.map((each) => `  ${format(each)}`)].join('\n');
  return Object.assign(drawn, { [fc.toStringMethod]: () => `\n${text}\n` });
}

function format(each: Step): string {
  switch (each.kind) {
    case 'emit':
      return `${each.node} sends ${each.count} event${each.count === 1 ? '' : 's'}`;
    case 'run':
      return `run ${each.forMs} ms`;
    case 'network':
      return `network: ${each.lossRate} lost, ${each.duplicateRate} twice, ${each.reorderRate} late, up to ${each.delayMs} ms`;
    case 'cut':
      return `cut off ${each.side.join(', ')} for ${each.forMs} ms`;
    case 'join':
      return `a node joins ${each.via}${each.ignoreOld ? ', ignoring what is old' : ''}`;
    case 'restart':
      return `${each.node} crashes and is back after ${each.downMs} ms, ${each.memory === 'none' ? 'as a new process' : 'with its memory'}`;
    default:
      return each satisfies never;
  }
}

function idsOf(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${letter}${number + 1}`);
}
