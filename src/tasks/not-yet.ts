/** What `attempt` of an Immediate returns when it has to wait. */
export const NOT_YET: unique symbol = Symbol("not yet");
