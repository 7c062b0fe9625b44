/** What is said of each wait of a machine: in the page about stuck pods, and by the commands that explain one. */

export interface Help {
  /** What goes on, as Markdown without a full stop. */
  readonly what: string;
  /** Where to look when it lasts; empty: there is nothing that could make it last. */
  readonly lasting: string;
}

export interface MachineHelp {
  /** `A network attachment` */
  readonly title: string;
  /** By what is waited for, in the order in which the page has them. */
  readonly waits: Readonly<Record<string, Help>>;
}
