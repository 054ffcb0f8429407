/** One command of `yba`; its module is loaded when it is run, which gives the exit code. */
export type Command = { summary: string; usage: string; run(args: string[]): Promise<number> };

/** Every command there is, in the order `yba help` lists them. */
export const COMMANDS: Record<string, Command> = {
  start: {
    summary: 'builds the screens and serves, with the demonstration nation',
    usage: '[--port N] [--data FOLDER]',
    run: async (args) => (await import('./start.ts')).runStart(args),
  },
  serve: {
    summary: 'serves what is built, without the demonstration nation unless --demo',
    usage: '[--demo] [--port N] [--data FOLDER]',
    run: async (args) => (await import('./serve.ts')).runServe(args),
  },
  edge: {
    summary: "runs a hospital's edge agent, enrols it, installs it as a service (docs/edge.md)",
    usage: 'run | enrol | status | try FILE | renew-key | twin-code | install-service  [--data FOLDER]',
    run: async (args) => (await import('./edge/index.ts')).runEdge(args),
  },
  demo: {
    summary: 'loads a demonstration nation into a data folder, and ends',
    usage: '--persons N --seed S [--data FOLDER]',
    run: async (args) => (await import('./demo.ts')).runDemo(args),
  },
  admin: {
    summary: 'operations on the database, listed below',
    usage: 'OPERATION …',
    run: async (args) => (await import('./admin/index.ts')).runAdmin(args),
  },
  audit: {
    summary: 'operations on the access log, listed below',
    usage: 'OPERATION …',
    run: async (args) => (await import('./audit/index.ts')).runAudit(args),
  },
  conform: {
    summary:
      'says what is wrong with FHIR, XML 4750 and HL7 v2 data before it is sent, with the rule and a fix',
    usage:
      'URL | FILE | FOLDER | -  [--lang vi|en] [--level error|warning|information] [--json] [--html FILE] [--facility CODE] [--show-values] [--all] [--token-file FILE]',
    run: async (args) => (await import('./conform.ts')).runConform(args),
  },
  test: {
    summary: 'runs all tests, or those of the folders or files named',
    usage: '[FOLDER …] [--test-name-pattern=…]',
    run: async (args) => (await import('./test.ts')).runTest(args),
  },
  bench: {
    summary: 'runs one of the measurements in bench/',
    usage: '[visits | dossiers]',
    run: async (args) => (await import('./bench.ts')).runBench(args),
  },
  help: {
    summary: 'shows this page',
    usage: '',
    run: async () => (await import('./help.ts')).runHelp(COMMANDS),
  },
};
