/** Flags for opening what somebody else may have put there. */
import { constants } from 'node:fs';

/** Linux's O_PATH, which Node does not name: a descriptor that only points at a file. */
export const oPath = 0o10000000;

/** Points at the file itself, also where that is a symbolic link. */
export const pathNoFollow = oPath | constants.O_NOFOLLOW;
