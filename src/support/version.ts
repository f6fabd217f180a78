/** The version of this build, as releases are tagged. */
export const version = 'v0.1.0';
