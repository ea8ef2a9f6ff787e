import { createTransport, type SendMailOptions } from 'nodemailer';

/**
 * Hands one mail over by SMTP and returns the server's answer.
 *
 * One connection a mail: on a shared one, the end of one mail could be taken for that of another.
 *
 * @param timeoutMs longest silence of the server, in milliseconds
 */
export async function sendMail(smtpUrl: string, mail: SendMailOptions, timeoutMs: number): Promise<string> {
  const { hostname, port, protocol, username, password } = new URL(smtpUrl);
  const transport = createTransport({
    host: hostname,
    port: Number(port) || (protocol === 'smtps:' ? 465 : 25),
    secure: protocol === 'smtps:',
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true, // what a model writes must not make us read files or fetch addresses
    disableUrlAccess: true,
  });
  const { response } = await transport.sendMail(mail);
  return response;
}
