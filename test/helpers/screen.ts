// Reads what a pseudo-terminal shows.
import type {PseudoTerminal} from 'namespawn';
import {patient} from './time.js';

/** Collects the output of a terminal, and waits for expected output. */
export class Screen {
  text = '';
  #seen = 0;
  readonly #pty: PseudoTerminal;

  constructor(pty: PseudoTerminal) {
    this.#pty = pty;
    pty.setEncoding('utf8');
    pty.on('data', (chunk: string) => {
      this.text += chunk;
    });
  }

  /** Types a key until it has an effect, because a test cannot see which process reads the terminal at this moment. */
  async showsOnTyping(key: string, pattern: RegExp): Promise<void> {
    this.#pty.write(key);
    const again = setInterval(() => this.#pty.write(key), patient(200));
    try {
      await this.shows(pattern);
    } finally {
      clearInterval(again);
    }
  }

  /** Waits until output matches that no earlier call has matched. */
  async shows(pattern: RegExp): Promise<void> {
    for (;;) {
      const match = pattern.exec(this.text.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return;
      }
      await new Promise<void>((resolve, reject) => {
        const ended = (): void => reject(new Error(`the terminal closed without ${pattern}: ${this.text}`));
        this.#pty.once('close', ended);
        this.#pty.once('data', () => {
          this.#pty.off('close', ended);
          resolve();
        });
      });
    }
  }
}
