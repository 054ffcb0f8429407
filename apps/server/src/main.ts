// The `yba` command: finds the command named first on the line and runs it.
import { COMMANDS } from './commands/index.ts';
import { ConfigError } from './config.ts';

const [first = 'start', ...rest] = process.argv.slice(2);
const [name, args] =
  first.startsWith('-') && first !== '--help' ? ['start', [first, ...rest]] : [first, rest];
const command = COMMANDS[name === '--help' ? 'help' : name];

for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])
  process.on(event, () => endUnlessHandled(event));

try {
  if (!command) throw new ConfigError(`"${name}" is not a command of Y Bạ. "yba help" lists them.`);
  process.exitCode = await command.run(args);
} catch (error) {
  const { wordsOf } = await import('./commands/words-of-error.ts');
  process.stderr.write(`\n${wordsOf(error)}\n`);
  process.exitCode = 1;
}
// The launcher's channel alone would keep this process alive.
process.removeAllListeners('disconnect');
if (process.connected) process.disconnect();

/** While a command starts up nothing needs an order to its end, but what it started is to end with it. */
function endUnlessHandled(event: string): void {
  if (process.listenerCount(event) === 1) process.exit(130);
}
