/** A VM with what else describes its guest, or why that cannot be had. */
import type { Vm } from '../../api/types.ts';
import { ApiError } from '../../kube/types.ts';
import type { KubeClient } from '../../kube/types.ts';
import { messageOf } from '../../support/errors.ts';
import type { MonovirtError } from '../../support/errors.ts';
import { isRefusal } from './apply.ts';
import type { Capture } from './expand.ts';
import type { Failure } from './status.ts';

export interface Captured {
  vm: Vm;
  /** No instance can be made; all else goes on. */
  undescribed?: Failure;
  /** What the queue is to try again for. */
  error?: MonovirtError;
}

/** Rejects with what passes by itself: conflicts, and an API server that is not there. */
export async function captured(
  capture: Capture | undefined,
  vm: Vm,
  client: KubeClient,
  signal: AbortSignal,
): Promise<Captured> {
  if (capture === undefined || vm.metadata.deletionTimestamp !== undefined) return { vm };
  try {
    return { vm: await capture(vm, client, signal) };
  } catch (error) {
    if (!isRefusal(error) || error.retry === 'quiet') throw error;
    const reason = error instanceof ApiError ? 'FailedCreate' : error.reason;
    return { vm, undescribed: { reason, message: messageOf(error) }, error };
  }
}
