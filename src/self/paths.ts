// Addresses that several pages about oneself name.

export const SECURITY_PATH = '/me/security'
export const TOTP_PATH = `${SECURITY_PATH}/totp`
