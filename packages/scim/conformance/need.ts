// What a check asks of a server before it makes sense to run it.

/**
 * What the server must offer for a check to make sense: an optional feature of ServiceProviderConfig, a resource type, or an
 * attribute that /Schemas lists (`User.nickName`, `Enterprise.manager`).
 */
export type Need =
  | 'patch'
  | 'bulk'
  | 'filter'
  | 'sort'
  | 'etag'
  | 'index'
  | 'cursor'
  | 'Group'
  | 'Enterprise'
  | `User.${string}`
  | `Group.${string}`
  | `Enterprise.${string}`
