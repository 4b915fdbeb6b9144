/** How large a regular expression becomes when its counted repetitions are written out. */

const counted = /\{(\d+)(?:,(\d*))?\}/y;
const quantified = /[*+?]/;

/**
 * An estimate of the steps of its program, without building it: an RE2 engine writes `a{1000}` out a
 * thousand times, and takes each of them for each character of the subject. Nested repetitions multiply.
 */
export function expressionSize(expression: string): number {
  /** Sizes of the open groups, the innermost last: all of it, and its last atom. */
  const open = [{ total: 0, atom: 0 }];
  let at = 0;
  while (at < expression.length) {
    const group = open.at(-1) ?? { total: 0, atom: 0 };
    const token = expression[at];
    counted.lastIndex = at;
    const count = token === '{' ? counted.exec(expression) : null;
    if (count !== null) {
      repeat(group, count[1], count[2]);
      at += count[0].length;
      continue;
    }
    if (token === '(') open.push({ total: 0, atom: 0 });
    else if (token === ')' && open.length > 1) {
      open.pop();
      append(open.at(-1) ?? group, group.total + 2);
    } else if (quantified.test(token ?? '')) {
      group.total += 1;
      group.atom += 1;
    } else append(group, 1);
    at = endOfAtom(expression, at);
  }
  return open.reduce((sum, { total }) => sum + total, 0);
}

interface Group {
  total: number;
  atom: number;
}

function append(group: Group, size: number): void {
  group.total += size;
  group.atom = size;
}

function repeat(group: Group, least: string | undefined, most: string | undefined): void {
  // Up to `m` times is `m` atoms, of which some are optional: a step more for each of these.
  const times = Math.max(Number(least), Number(most ?? 0));
  const size = (group.atom + 1) * times;
  group.total += size - group.atom;
  group.atom = size;
}

/** Where the atom at `at` ends: escapes are two characters, a class goes to its bracket. */
function endOfAtom(expression: string, at: number): number {
  if (expression[at] === '\\') return at + 2;
  if (expression[at] !== '[') return at + 1;
  let end = at + 1;
  if (expression[end] === '^') end += 1;
  // A bracket that comes first is a member.
  end += 1;
  while (end < expression.length && expression[end] !== ']') {
    end += expression[end] === '\\' ? 2 : 1;
  }
  return end + 1;
}
