/** MAC addresses as people write them, and the one form that everything here compares. Pure. */

/** The forms that Go's `net.ParseMAC`, and so upstream, takes for six bytes. */
const forms = [
  /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i,
  /^[0-9a-f]{2}(?:-[0-9a-f]{2}){5}$/i,
  /^[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}$/i,
];

/**
 * Brings a MAC address into libvirt's form: lower case, with colons.
 * @returns undefined for what is no address of six bytes.
 */
export function normalMac(text: string): string | undefined {
  if (!forms.some((form) => form.test(text))) return undefined;
  return text
    .toLowerCase()
    .match(/[0-9a-f]{2}/g)
    ?.join(':');
}
