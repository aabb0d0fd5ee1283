// Words that stand where somebody gave none.

export const NO_REASON = 'The operator gave no reason.'
export const ASKED_RESET = 'The operator asks for a reset.'
