// A SCIM resource as the directory keeps it: the served text, the comparable document and the columns that indexes need.

export type ResourceRecord = {
  readonly orgId: string
  readonly id: string
  readonly type: string
  /** Folded value of the type's unique attribute. */
  readonly uniqueKey: string
  readonly displayNameKey: string | undefined
  readonly externalId: string | undefined
  /** The manager's id when it has the form of one; whether there is such a user is asked when reading. */
  readonly managerId: string | undefined
  /** JSON text as served, without meta. */
  readonly json: string
  /** The document that filters compare. */
  readonly comparable: object
  readonly emailKeys: readonly string[]
}

/** What an account takes over from its SCIM user. */
export type Person = {
  readonly userName: string
  readonly userNameKey: string
  readonly displayName: string | undefined
  readonly email: string | undefined
  readonly emailKey: string | undefined
  /** False also when `active` is unassigned: access needs an explicit true. */
  readonly active: boolean
}

/** What changes when a resource is written, as the database saw it. */
export type Written = { readonly version: number; readonly createdAt: Date; readonly lastModifiedAt: Date }
