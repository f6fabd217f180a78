/** Text that a guest or another user chose, made safe for a reader's terminal. */

/** Control characters but tab and newline: they would let a guest paint over a reader's terminal. */
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])/g;

/** Without what a terminal takes for a command. */
export const printable = (text: string): string => text.replace(escapes, '').replace(control, '');

/** The same in one line, so that it cannot pass for a line of ours. */
export const printableLine = (text: string): string => printable(text.replaceAll(/\s+/g, ' '));
