/** What a test has started, to be ended together when the test is over. */

export class Crew implements AsyncDisposable {
  readonly #members: AsyncDisposable[] = [];

  add<T extends AsyncDisposable>(member: T): T {
    this.#members.push(member);
    return member;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member[Symbol.asyncDispose]()));
  }
}
