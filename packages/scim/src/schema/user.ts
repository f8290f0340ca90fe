// The User schema (RFC 7643 sections 4.1 and 8.7.1) with the characteristics that the errata corrected. Two things differ on
// purpose: `password` is missing, because people sign in elsewhere and a password that arrives is dropped, and addresses have
// `primary`, which the samples use. Values are kept as they were sent (idp-wire EN-8, RC-17); a check refuses only what is of no use
// to anybody: identity providers send made-up locales, time zones, languages and profile addresses (EN-70), and countries as the
// customer typed them, not always the two letters of ISO 3166-1 that the RFC asks for.
import { USER_URN } from '../urns.ts'
import { type Attribute, attribute } from './attribute.ts'
import { checkCertificate } from './certificate.ts'
import type { Schema } from './resource-type.ts'
import { checkUserName } from './user-name.ts'

const text = (name: string, description: string, declared: Partial<Attribute> = {}) => attribute({ name, description, ...declared })

const DISPLAY = text('display', 'A human-readable name, primarily used for display purposes.')
const PRIMARY = attribute({
  name: 'primary',
  description: 'Whether this is the preferred value of the attribute. At most one value is.',
  type: 'boolean',
})

const type = (description: string, canonicalValues: readonly string[] = []) => text('type', description, { canonicalValues })

type Value = { readonly name: string; readonly description: string; readonly value: Attribute; readonly type: Attribute }

/** A multi-valued attribute with the sub-attributes of RFC 7643 section 2.4. */
function values({ name, description, value, type }: Value): Attribute {
  return attribute({ name, description, type: 'complex', multiValued: true, subAttributes: [value, DISPLAY, type, PRIMARY] })
}

const NAME = attribute({
  name: 'name',
  description: "The components of the user's real name. If formatted is given too, it describes the same name.",
  type: 'complex',
  subAttributes: [
    text(
      'formatted',
      "The full name with all middle names, titles and suffixes, formatted for display, such as 'Ms. Barbara J Jensen, III'.",
    ),
    text('familyName', "The family name, or last name in most Western languages, such as 'Jensen'."),
    text('givenName', "The given name, or first name in most Western languages, such as 'Barbara'."),
    text('middleName', "The middle name or names, such as 'Jane'."),
    text('honorificPrefix', "The honorific prefixes, or title in most Western languages, such as 'Ms.'."),
    text('honorificSuffix', "The honorific suffixes, or suffix in most Western languages, such as 'III'."),
  ],
})

const EMAILS = values({
  name: 'emails',
  description: 'Email addresses of the user.',
  value: text('value', 'An email address (RFC 5321).', { check: checkEmail }),
  type: type("What the address is for, such as 'work' or 'home'.", ['work', 'home', 'other']),
})

const PHONE_NUMBERS = values({
  name: 'phoneNumbers',
  description: 'Phone numbers of the user.',
  value: text('value', "A phone number, preferably in the form of RFC 3966, such as 'tel:+1-201-555-0123'."),
  type: type("What the number is for, such as 'work' or 'mobile'.", ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
})

const IMS = values({
  name: 'ims',
  description: 'Instant messaging addresses of the user.',
  value: text('value', 'An instant messaging address.'),
  type: type("The messaging service, such as 'xmpp'.", ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo', 'other']),
})

const PHOTOS = values({
  name: 'photos',
  description: 'URLs of photos of the user. They are never fetched.',
  value: attribute({
    name: 'value',
    description: 'An http or https URL of a photo.',
    type: 'reference',
    referenceTypes: ['external'],
    caseExact: true,
    check: checkPhoto,
  }),
  type: type("What the photo is: 'photo' or 'thumbnail'.", ['photo', 'thumbnail']),
})

const ADDRESSES = attribute({
  name: 'addresses',
  description: 'Physical mailing addresses of the user.',
  type: 'complex',
  multiValued: true,
  subAttributes: [
    text('formatted', 'The full mailing address, formatted for display or a mailing label. May contain newlines.'),
    text('streetAddress', 'House number, street name, P.O. box and the like. May contain newlines.'),
    text('locality', 'The city or locality.'),
    text('region', 'The state or region.'),
    text('postalCode', 'The zip code or postal code.'),
    text('country', "The country, preferably as a code of ISO 3166-1, such as 'US'."),
    type("What the address is for, such as 'work' or 'home'.", ['work', 'home', 'other']),
    PRIMARY,
  ],
})

const GROUPS = attribute({
  name: 'groups',
  description: 'Groups to which the user belongs, directly or through nested groups. Changed only through the groups.',
  type: 'complex',
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: [
    text('value', 'The id of the group.', { mutability: 'readOnly' }),
    attribute({
      name: '$ref',
      description: 'The URI of the group.',
      type: 'reference',
      referenceTypes: ['Group'],
      caseExact: true,
      mutability: 'readOnly',
    }),
    text('display', 'The name of the group, for display.', { mutability: 'readOnly' }),
    text('type', "How the user belongs to the group: 'direct' or 'indirect'.", {
      canonicalValues: ['direct', 'indirect'],
      mutability: 'readOnly',
    }),
  ],
})

const ENTITLEMENTS = values({
  name: 'entitlements',
  description: 'Things that the user has. They grant nothing here by themselves.',
  value: text('value', 'The value of an entitlement.'),
  type: type('What kind of entitlement it is.'),
})

const ROLES = values({
  name: 'roles',
  description: "Roles that say who the user is, such as 'Student' or 'Faculty'. They grant nothing here by themselves.",
  value: text('value', 'The value of a role.'),
  type: type('What kind of role it is.'),
})

const X509_CERTIFICATES = values({
  name: 'x509Certificates',
  description: 'Certificates issued to the user.',
  value: attribute({
    name: 'value',
    description: 'One DER encoded X.509 certificate in base64.',
    type: 'binary',
    caseExact: true,
    check: checkCertificate,
  }),
  type: type('What the certificate is for.'),
})

export const USER_SCHEMA: Schema = {
  id: USER_URN,
  name: 'User',
  description: 'User Account',
  attributes: [
    text('userName', 'Unique identifier of the user among all users, used to sign in. Compared without regard to case.', {
      required: true,
      uniqueness: 'server',
      check: checkUserName,
    }),
    NAME,
    text('displayName', 'The name of the user, suitable for display; the full name if known.'),
    text('nickName', "The casual way to address the user, such as 'Bob' instead of 'Robert'."),
    attribute({
      name: 'profileUrl',
      description: 'A URL of a page about the user.',
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
      check: checkLink,
    }),
    text('title', "The user's title, such as 'Vice President'."),
    text('userType', "The relation between the organization and the user, such as 'Contractor', 'Employee' or 'Intern'."),
    text('preferredLanguage', "The user's preferred language in the form of the Accept-Language header, such as 'en-US'."),
    text('locale', "The user's locale for currency, dates and numbers, such as 'en-US'.", { check: checkLocale }),
    text('timezone', "The user's time zone by its IANA name, such as 'America/Los_Angeles'."),
    attribute({
      name: 'active',
      description: 'Whether the user has access. Set to false, all sessions and keys of the user end.',
      type: 'boolean',
      defaultValue: true,
      keptOnReplace: true,
    }),
    EMAILS,
    PHONE_NUMBERS,
    IMS,
    PHOTOS,
    ADDRESSES,
    GROUPS,
    ENTITLEMENTS,
    ROLES,
    X509_CERTIFICATES,
  ],
}

/**
 * IdPs map what their customers typed, and Microsoft's own collection sends an address without an @: refusing it would stall the person's
 * whole provisioning (EN-8, RC-15). Only what cannot be an address by any reading is refused.
 */
function checkEmail(email: string): string | undefined {
  return /[\s\p{Cc}]/u.test(email) ? 'must be an email address, without white space and control characters' : undefined
}

function checkLocale(locale: string): string | undefined {
  return /\s/u.test(locale) ? "must be a language tag without white space, such as 'en-US'" : undefined
}

function checkPhoto(url: string): string | undefined {
  return /^https?:\/\/[^/]/i.test(url) ? undefined : 'must be an http or https URL'
}

/** Pages that show the link must not run it. */
function checkLink(url: string): string | undefined {
  return /^(?:javascript|vbscript|data):/i.test(url) ? 'must not be a URL that holds a script' : undefined
}
