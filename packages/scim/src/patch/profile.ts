// How tolerant to be with a client's dialect: set on its token, or by a mark inside one request (compat-decisions, "the frame").

export type Profile = 'generic' | 'okta' | 'entra'
