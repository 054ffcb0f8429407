import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../config.ts';

/** Where an edge keeps everything unless told. */
const STANDARD_FOLDER = 'yba-edge';

/** The line of an edge command, read. */
export type EdgeLine = {
  named: string[];
  folder: string;
  text: Record<string, string | undefined>;
  on: Record<string, boolean | undefined>;
};

type Work = (line: EdgeLine) => Promise<number>;

const WORK: Readonly<Record<string, Work>> = {
  run: async (line) => (await import('./run.ts')).runAgent(line),
  enrol: async (line) => (await import('./enrol.ts')).runEnrol(line),
  status: async (line) => (await import('./status.ts')).runStatus(line),
  'renew-key': async (line) => (await import('./status.ts')).runRenewKey(line),
  try: async (line) => (await import('./try.ts')).runTry(line),
  sender: async (line) => (await import('./sender.ts')).runSender(line),
  'twin-code': async (line) => (await import('./twin-code.ts')).runTwinCode(line),
  'install-service': async (line) => (await import('./install-service.ts')).runInstallService(line),
};

/** `yba edge`: the agent of a hospital. Without a word more it runs. */
export async function runEdge([first = 'run', ...rest]: string[]): Promise<number> {
  const [name, args] = first.startsWith('-') ? ['run', [first, ...rest]] : [first, rest];
  const work = WORK[name];
  if (!work)
    throw new ConfigError(
      `"${name}" is not an edge command. There are: ${Object.keys(WORK).join(', ')} (docs/edge.md)`,
    );
  return work(readEdgeLine(args));
}

function readEdgeLine(args: string[]): EdgeLine {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        hub: { type: 'string' },
        code: { type: 'string' },
        user: { type: 'string' },
        facility: { type: 'string' },
        print: { type: 'boolean' },
        windows: { type: 'boolean' },
        name: { type: 'string' },
        remove: { type: 'boolean' },
      },
    });
    return {
      named: positionals,
      folder: resolve(values.data ?? STANDARD_FOLDER),
      text: values as Record<string, string | undefined>,
      on: values as unknown as Record<string, boolean | undefined>,
    };
  } catch (cause) {
    throw new ConfigError(`${(cause as Error).message.split('. To specify')[0]}. See docs/edge.md.`, {
      cause,
    });
  }
}
