/** Reads docs/CONFORMANCE.md: which of Go's tests is which of ours, or why there is none. */

/** A test of ours: where it is, and its title after those of its groups. */
export interface Citation {
  readonly file: string;
  readonly title: string;
}

/** What stands beside one of Go's tests. */
export interface Row {
  readonly name: string;
  readonly tests: readonly Citation[];
  /** `not-applicable`: there is nothing to assert; `otherwise`: we decided differently. */
  readonly reasons: readonly ('not-applicable' | 'otherwise')[];
}

/** A heading that says how many rows are below it. */
export interface Section {
  readonly title: string;
  readonly depth: number;
  readonly count: number;
  readonly rows: readonly Row[];
}

const heading = /^(?<marks>#{2,3}) (?<title>.+) \((?<count>\d+)\)$/;
const name = /^- `(?<name>Test\w+)`$/;
const citation = /^ {2}- `(?<file>test\/[\w./-]+)`: “(?<title>[^”]+)”$/;
const reason = /^ {2}- (?<kind>Not applicable|Otherwise): \S.*\.$/;

interface OpenRow {
  readonly name: string;
  readonly tests: Citation[];
  readonly reasons: ('not-applicable' | 'otherwise')[];
}

/** Throws on a line of a list that is none of the kinds above. */
export function readDocument(text: string): readonly Section[] {
  const sections: (Section & { readonly rows: OpenRow[] })[] = [];
  for (const line of text.split('\n')) {
    const head = heading.exec(line)?.groups;
    if (head !== undefined) {
      const { marks = '', title = '', count } = head;
      sections.push({ title, depth: marks.length, count: Number(count), rows: [] });
    } else if (sections.length > 0 && /^\s*-/.test(line)) {
      readItem(line, sections.at(-1)?.rows ?? []);
    }
  }
  return sections;
}

function readItem(line: string, rows: OpenRow[]): void {
  const row = name.exec(line)?.groups?.['name'];
  if (row !== undefined) {
    rows.push({ name: row, tests: [], reasons: [] });
    return;
  }
  const cited = citation.exec(line)?.groups;
  const kind = reason.exec(line)?.groups?.['kind'];
  const open = rows.at(-1);
  if (open === undefined || (cited === undefined && kind === undefined)) {
    throw new Error(`neither a test nor a reason: ${line}`);
  }
  if (cited !== undefined) {
    open.tests.push({ file: cited['file'] ?? '', title: cited['title'] ?? '' });
  } else {
    open.reasons.push(kind === 'Otherwise' ? 'otherwise' : 'not-applicable');
  }
}
