/** Posts reviews as the API server does. */
import { Agent, request } from 'node:https';

export interface Review {
  status: number;
  allowed: boolean;
  patch?: string;
  /** Of a refusal. */
  code?: number;
  causes: { field?: string; message?: string; reason?: string }[];
}

export interface HookClient {
  ask(path: string, kind: string, object: object): Promise<Review>;
  close(): void;
}

interface Answer {
  response?: {
    allowed: boolean;
    patch?: string;
    status?: { code?: number; details?: { causes?: Review['causes'] } };
  };
}

export function createHookClient(port: number, ca: string): HookClient {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: 8 });
  let count = 0;
  return {
    ask: (path, kind, object) => {
      count += 1;
      return post({ agent, port, path }, reviewOf(`fuzz-${count}`, kind, object));
    },
    close: () => agent.destroy(),
  };
}

const reviewOf = (uid: string, kind: string, object: object): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid,
    kind: { group: 'kubevirt.io', version: 'v1', kind },
    operation: 'CREATE',
    namespace: 'default',
    name: 'fuzz',
    userInfo: { username: 'alice' },
    object,
    oldObject: null,
  },
});

function post(target: { agent: Agent; port: number; path: string }, body: object): Promise<Review> {
  const text = JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<Review>();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  const call = request({ ...target, host: '127.0.0.1', method: 'POST', headers }, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('error', reject);
    response.on('end', () =>
      resolve(reviewIn(response.statusCode ?? 0, Buffer.concat(parts).toString('utf8'))),
    );
  });
  call.on('error', reject);
  call.end(text);
  return promise;
}

function reviewIn(status: number, text: string): Review {
  if (status !== 200) return { status, allowed: false, causes: [] };
  const { response } = JSON.parse(text) as Answer;
  const { code, details } = response?.status ?? {};
  return {
    status,
    allowed: response?.allowed === true,
    ...(response?.patch !== undefined && { patch: response.patch }),
    ...(code !== undefined && { code }),
    causes: details?.causes ?? [],
  };
}
