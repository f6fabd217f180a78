/** A real API server's word on the pods of accepted objects. */
import type { DesiredPod } from '../../src/controllers/vmi/pod.ts';
import { messageOf } from '../../src/support/errors.ts';
import { startApiServer } from '../api/apiserver.ts';

export interface PodCheck {
  /** Tries to create a pod without keeping it; what the server says when it refuses. */
  ask(pod: DesiredPod): Promise<string | undefined>;
  readonly asked: number;
  stop(): Promise<void>;
}

/** @param most after so many different pods no more are asked about. */
export async function startPodCheck(most: number): Promise<PodCheck> {
  const server = await startApiServer();
  const client = server.client();
  const seen = new Set<string>();
  return {
    get asked() {
      return seen.size;
    },
    async ask({ spec, ...rest }) {
      // Whether a priority class exists is not ours to say.
      const { priorityClassName: _class, ...kept } = spec;
      const pod = { ...rest, spec: kept };
      const key = JSON.stringify(pod.spec);
      if (seen.size >= most || seen.has(key)) return undefined;
      seen.add(key);
      try {
        await client.raw('POST', '/api/v1/namespaces/default/pods?dryRun=All&fieldValidation=Strict', pod);
        return undefined;
      } catch (error) {
        return messageOf(error);
      }
    },
    stop: () => server.stop(),
  };
}
