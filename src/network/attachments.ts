/**
 * How plug-ins want interfaces attached to their domain. The KubeVirt object says it, the controller writes it on the
 * pod, and the node agent hands it on with the VMI: who plans an interface needs nothing but the VMI. Pure.
 */
import * as v from 'valibot';
import { annotations } from '../api/constants.ts';
import type { Vmi } from '../api/types.ts';

/** `tap`: a network plugin made the tap. `managedTap`: the node agent makes one, bridged to the pod's interface. */
export const attachmentTypes = ['tap', 'managedTap'] as const;
export type AttachmentType = (typeof attachmentTypes)[number];

/** By the name under which a plug-in is registered. */
export type Attachments = Readonly<Record<string, AttachmentType>>;

/** Far more plug-ins than anybody registers; who may change a pod may write any number. */
const maxEntries = 64;
const schema = v.pipe(
  v.record(v.pipe(v.string(), v.maxLength(253)), v.picklist(attachmentTypes)),
  v.check((record) => Object.keys(record).length <= maxEntries),
);

/** What an object's annotation says; nothing where it says nonsense. */
function attachmentsIn(text: string | undefined): Attachments {
  if (text === undefined) return {};
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    return {};
  }
}

/** How the interfaces of the plug-in `name` are attached; undefined where the plug-in does it. */
export function attachmentOf({ metadata }: Vmi, name: string): AttachmentType | undefined {
  const found = attachmentsIn(metadata.annotations?.[annotations.attachments]);
  return Object.hasOwn(found, name) ? found[name] : undefined;
}

/** The annotation of a pod; none where nothing is to be said. */
export function attachmentAnnotation(attachments: Attachments): Record<string, string> {
  return Object.keys(attachments).length === 0
    ? {}
    : { [annotations.attachments]: JSON.stringify(attachments) };
}

/** The VMI with what its pod says, whatever the VMI's own author wrote. */
export function withAttachments(vmi: Vmi, pod: Readonly<Record<string, string>> | undefined): Vmi {
  const said = pod?.[annotations.attachments];
  const { [annotations.attachments]: written, ...others } = vmi.metadata.annotations ?? {};
  if (said === written) return vmi;
  const kept = said === undefined ? others : { ...others, [annotations.attachments]: said };
  return { ...vmi, metadata: { ...vmi.metadata, annotations: kept } };
}
