/** The titles of the tests in a file, read from its text: prettier's indentation tells what is in what. */

export interface TestTitle {
  /** Titles of the groups around the test and its own, outermost first. */
  readonly path: readonly string[];
  /** Whether it may be left out of a run: skipped, or only run under a condition. */
  readonly isConditional: boolean;
}

interface Group {
  readonly indent: number;
  readonly title: string;
  readonly isConditional: boolean;
}

const call = /^(?<indent> *)(?<word>describe|it|test)(?<modifiers>(?:\.\w+)*)\(/gm;
const quoted = String.raw`(?<quote>['"\`])(?<title>(?:\\.|(?!\k<quote>).)*)\k<quote>`;
const first = new RegExp(String.raw`\s*${quoted}`, 'sy');
/** The call that follows the data of a test for each of them. */
const afterData = new RegExp(String.raw`\)\(\s*${quoted}`, 'gs');
const conditional = /\.(?:skip|skipIf|runIf|only|todo|fails)\b/;

/** All tests of a file, titles of templates as they are written. */
export function titlesOf(text: string): readonly TestTitle[] {
  const titles: TestTitle[] = [];
  const groups: Group[] = [];
  for (const match of text.matchAll(call)) {
    const { indent = '', word, modifiers = '' } = match.groups ?? {};
    const title = titleAt(text, match.index + match[0].length, modifiers);
    if (title === undefined) continue;
    while ((groups.at(-1)?.indent ?? -1) >= indent.length) groups.pop();
    const isConditional = conditional.test(modifiers);
    if (word === 'describe') {
      groups.push({ indent: indent.length, title, isConditional });
    } else {
      titles.push({
        path: [...groups.map((group) => group.title), title],
        isConditional: isConditional || groups.some((group) => group.isConditional),
      });
    }
  }
  return titles;
}

function titleAt(text: string, index: number, modifiers: string): string | undefined {
  const pattern = /\.(?:each|for|skipIf|runIf)\b/.test(modifiers) ? afterData : first;
  pattern.lastIndex = index;
  return pattern.exec(text)?.groups?.['title']?.replaceAll(/\\(.)/g, '$1');
}
