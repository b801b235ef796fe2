// Where an FTP server's data is to be had: passive mode (RFC 959, RFC 2428).
import { once } from 'node:events';
import type { FTPContext, FTPResponse } from 'basic-ftp';

/** The part of an answer that is looked at. */
const ANSWER_MAX = 500;

type Prepare = (ftp: FTPContext) => Promise<FTPResponse>;

/**
 * Opens data connections: asks by EPSV, and of a server that does not do with that, by PASV.
 *
 * They go where the control connection goes, whatever host PASV names. Behind NAT that is often one that nobody reaches, and a server
 * may not send us to others.
 */
export function passiveMode(): Prepare {
  let known: Prepare | undefined;
  return async (ftp) => {
    if (known) return await known(ftp);
    try {
      const response = await byEpsv(ftp);
      known = byEpsv;
      return response;
    } catch (error) {
      if (ftp.closed) throw error;
    }
    const response = await byPasv(ftp);
    known = byPasv;
    return response;
  };
}

async function byEpsv(ftp: FTPContext): Promise<FTPResponse> {
  const response = await ftp.request('EPSV');
  const [, port] = /\D(\d{1,5})[^\d)]\)/.exec(response.message.slice(0, ANSWER_MAX)) ?? [];
  await connect(ftp, Number(port ?? 0));
  return response;
}

async function byPasv(ftp: FTPContext): Promise<FTPResponse> {
  const response = await ftp.request('PASV');
  const [, high, low] =
    /(?<!\d)(?:\d{1,3},){4}(\d{1,3}),(\d{1,3})(?!\d)/.exec(response.message.slice(0, ANSWER_MAX)) ?? [];
  await connect(ftp, Number(high ?? 0) * 256 + Number(low ?? 0));
  return response;
}

async function connect(ftp: FTPContext, port: number): Promise<void> {
  const host = ftp.socket.remoteAddress;
  if (host === undefined) throw new Error('Connection closed by the server');
  if (port === 0 || port > 65_535) throw new Error('The server does not say on which port its data is to be had');
  const socket = ftp._newSocket();
  // Also when it is given up.
  const close = (): void => void socket.destroy(new Error('Connection closed by the server'));
  const control = ftp.socket.once('close', close);
  try {
    socket.connect({ port, host });
    await once(socket, 'connect', { signal: AbortSignal.timeout(ftp.timeout) });
  } catch (error) {
    socket.destroy();
    if (error instanceof Error && error.name === 'AbortError') {
      throw new Error('The server does not answer on the port where it says that its data is to be had', {
        cause: error,
      });
    }
    throw error;
  } finally {
    control.off('close', close);
  }
  ftp.dataSocket = socket;
}
