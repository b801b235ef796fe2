// A mirror by Debian's vsftpd, for anonymous users, run by whoever runs the tests.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startServer, type Owner } from './program.js';

export interface FtpMirror {
  /** Ends with a slash. */
  readonly url: string;
  /** The commands that it got so far, such as `RETR pool/a.deb`; names are latin1. */
  commands(): string[];
}

/** Serves a folder over FTP until `owner` ends; `lines` of its configuration replace the usual ones. */
export async function startVsftpd(
  owner: Owner,
  program: string,
  root: string,
  lines: readonly string[] = [],
): Promise<FtpMirror> {
  const configure = (folder: string, [port]: number[]): string[] => {
    const path = join(folder, 'vsftpd.conf');
    writeFileSync(path, configuration(folder, port, root) + lines.map((line) => `${line}\n`).join(''));
    return [program, path];
  };
  const ready = async (folder: string, [port]: number[]): Promise<boolean> => (await greeting(port)).includes(folder);
  const { folder, ports } = await startServer(owner, 1, configure, ready);
  return {
    url: `ftp://127.0.0.1:${ports[0]}/`,
    commands: () =>
      [...readFileSync(join(folder, 'log'), 'latin1').matchAll(/FTP command: Client "[^"]*", "(.*)"$/gm)].map(
        ([, command]) => command,
      ),
  };
}

// What is beyond anonymous reading serves to run it in a container: no privileges to drop, no namespaces, no seccomp.
function configuration(folder: string, port: number, root: string): string {
  return `listen=YES
listen_address=127.0.0.1
listen_port=${port}
background=NO
ftpd_banner=${folder}
anonymous_enable=YES
no_anon_password=YES
anon_root=${root}
pasv_address=127.0.0.1
run_as_launching_user=YES
secure_chroot_dir=${folder}
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
xferlog_enable=YES
log_ftp_protocol=YES
vsftpd_log_file=${folder}/log
`;
}

/** The first line of an FTP server. */
async function greeting(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1').setTimeout(1000, () => socket.destroy());
  let text = '';
  for await (const chunk of socket) {
    text += (chunk as Buffer).toString('latin1');
    if (text.includes('\n')) break;
  }
  return text;
}
