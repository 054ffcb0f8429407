import { join } from 'node:path';
import { ConfigError } from '../../config.ts';
import { ROOT } from '../root.ts';
import type { EdgeLine } from './index.ts';

/**
 * `yba edge install-service --print`: the systemd unit of this machine, with `--windows` the commands that make a Windows
 * service. It is printed to be read first, never installed by itself.
 */
export async function runInstallService({ folder, on, text }: EdgeLine): Promise<number> {
  if (!on['print'])
    throw new ConfigError(
      'Say --print and read what comes: yba edge install-service --print --data /var/lib/yba-edge > /etc/systemd/system/yba-edge.service',
    );
  const windows = on['windows'] ?? process.platform === 'win32';
  process.stdout.write(windows ? windowsService(folder) : systemdUnit(folder, text['user'] ?? 'yba-edge'));
  return 0;
}

/** Source: systemd.service(5), systemd.exec(5), systemd.resource-control(5) */
function systemdUnit(folder: string, user: string): string {
  return `[Unit]
Description=Y Ba edge agent
Documentation=file://${join(ROOT, 'docs', 'edge.md')}
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${process.execPath} ${join(ROOT, 'bin', 'yba.js')} edge run --data ${folder}
User=${user}
Restart=always
RestartSec=2
# what is kept is on the disk already; a stop needs no more than this
TimeoutStopSec=30
MemoryMax=256M
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${folder}
PrivateTmp=yes
ProtectHome=read-only
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

/** Node.js is no service program; WinSW wraps it. Source: https://github.com/winsw/winsw/blob/v3/docs/xml-config-file.md */
function windowsService(folder: string): string {
  return `<!-- Save as yba-edge.xml beside WinSW renamed to yba-edge.exe, then: yba-edge.exe install && yba-edge.exe start -->
<service>
  <id>yba-edge</id>
  <name>Y Ba edge agent</name>
  <description>Takes the hospital's messages, keeps them on disk, brings them to the hub</description>
  <executable>${process.execPath}</executable>
  <arguments>"${join(ROOT, 'bin', 'yba.js')}" edge run --data "${folder}"</arguments>
  <onfailure action="restart" delay="2 sec"/>
  <stoptimeout>30 sec</stoptimeout>
  <log mode="roll-by-size"/>
</service>
`;
}
