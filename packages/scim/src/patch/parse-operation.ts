// Understands one operation of a PATCH: its verb, its target and its value, checked against the schemas (RFC 7644 section 3.5.2).
import { invalidPath, invalidSyntax, invalidValue, mutability, noTarget, type ScimError } from '../errors.ts'
import { isArray, isObject, type Json, type JsonObject, member } from '../json.ts'
import { withoutOwnSchemas } from '../resource/dialect.ts'
import type { Schema } from '../schema/resource-type.ts'
import { parseAssignment } from './assignment.ts'
import { collectionAction, isCollection } from './collection.ts'
import type { Context } from './context.ts'
import {
  notePathAsKey,
  noteUnknownSchemas,
  noteValueBesidePath,
  passOverReadOnly,
  readNamedElements,
  readRemoval,
  readVerb,
  skipUnknown,
  type Verb,
} from './dialect.ts'
import type { PatchAction } from './operation.ts'
import { type AttributeTarget, describeTarget, resolveTarget } from './target.ts'

/**
 * What the operation does, one action for each attribute that it names.
 * @throws ScimError 400 invalidSyntax, invalidPath, invalidFilter, invalidValue, noTarget, mutability; 413.
 */
export function parseOperation(json: Json, context: Context): readonly PatchAction[] {
  if (!isObject(json)) {
    throw invalidSyntax('must be an object with `op`, `path` and `value`.')
  }
  const verb = readVerb(json, context.compat)
  const path = member(json, 'path') ?? undefined
  const value = member(json, 'value')
  if (path === undefined) {
    return parsePathless(verb, value, context)
  }
  if (typeof path !== 'string') {
    throw invalidPath('`path` must be a string, such as "emails[type eq \\"work\\"].value".')
  }
  const target = resolveTarget(path, context)
  if (target === undefined) {
    skipUnknown(path, context)
    return []
  }
  if (target.kind === 'container') {
    return target.extension === undefined ? parsePathless(verb, value, context) : parseExtension(verb, target.extension, { value, context })
  }
  return parseTargeted(verb, target, { value, context })
}

type Given = { readonly value: Json | undefined; readonly context: Context }

function parsePathless(verb: Verb, value: Json | undefined, context: Context): readonly PatchAction[] {
  if (verb === 'remove') {
    throw noTarget('remove needs a `path` that says what to remove.')
  }
  if (value === undefined) {
    throw missingValue(verb)
  }
  if (!isObject(value)) {
    throw invalidSyntax(`${verb} without \`path\` needs an object of attributes as its \`value\`.`)
  }
  return parseMembers(verb, value, { prefix: '', context })
}

function parseExtension(verb: Verb, extension: Schema, { value, context }: Given): readonly PatchAction[] {
  const isNothing = value === null || value === '' || (isArray(value) && value.length === 0)
  if (verb === 'remove' || (verb === 'replace' && isNothing)) {
    if (verb === 'remove' && value !== undefined && value !== null) {
      throw invalidValue(
        `remove of the whole extension takes no \`value\`; to remove one attribute, say so in \`path\`, as in ${extension.id}:…`,
      )
    }
    refuseRequiredExtension(verb, extension, context)
    return [{ kind: 'removeExtension', extension }]
  }
  if (value === undefined) {
    throw missingValue(verb)
  }
  if (!isObject(value)) {
    throw invalidValue(`\`${extension.id}\` needs an object of attributes as its \`value\`.`)
  }
  return parseMembers(verb, withoutOwnSchemas(extension, value, context.compat), { prefix: `${extension.id}:`, context })
}

function refuseRequiredExtension(verb: Verb, extension: Schema, { resourceType }: Context): void {
  if (resourceType.extensions.some(({ schema, required }) => schema === extension && required)) {
    const refuse = verb === 'remove' ? mutability : invalidValue
    throw refuse(`The extension ${extension.id} is required and cannot be removed.`)
  }
}

type Members = { readonly prefix: string; readonly context: Context }

/** Each member of the value counts as if its name were the path (RFC 7644 sections 3.5.2.1 and 3.5.2.3). */
function parseMembers(verb: Verb, value: JsonObject, members: Members): readonly PatchAction[] {
  return Object.entries(value).flatMap(([key, json]) => parseMember(verb, key, { ...members, json }))
}

function parseMember(verb: Verb, key: string, { prefix, json, context }: Members & { json: Json }): readonly PatchAction[] {
  const target = resolveTarget(prefix + key, context)
  if (target === undefined) {
    skipUnknown(key, context, json)
    return []
  }
  if (target.kind === 'container') {
    const { extension } = target
    return extension === undefined ? parsePathless(verb, json, context) : parseExtension(verb, extension, { value: json, context })
  }
  notePathAsKey(key, context)
  if (isSchemas(target) || isReadOnly(target)) {
    passOverReadOnly(context)
    return isId(target) && json !== null ? [{ kind: 'keepId', id: json }] : []
  }
  return parseWritable(verb, target, { value: json, context })
}

function parseTargeted(verb: Verb, target: AttributeTarget, given: Given): readonly PatchAction[] {
  if (isSchemas(target)) {
    return parseSchemas(verb, given)
  }
  if (isId(target) && verb === 'replace' && typeof given.value === 'string') {
    return [{ kind: 'keepId', id: given.value }]
  }
  if (isReadOnly(target)) {
    throw mutability(`\`${describeTarget(target)}\` is readOnly.`)
  }
  return parseWritable(verb, target, given)
}

function parseWritable(verb: Verb, target: AttributeTarget, { value, context }: Given): readonly PatchAction[] {
  if (isCollection(target, context)) {
    const action = collectionAction(verb, target, { value, context })
    return action === undefined ? [] : [action]
  }
  if (verb === 'remove') {
    return parseRemove(target, { value, context })
  }
  if (value === undefined) {
    throw missingValue(verb)
  }
  if (verb === 'add' && value === null) {
    throw invalidValue(`add needs a value for \`${describeTarget(target)}\`; to clear it, use remove, or replace with null.`)
  }
  return [{ kind: verb, target, assignment: parseAssignment(target, value, context) }]
}

function parseRemove(target: AttributeTarget, { value, context }: Given): readonly PatchAction[] {
  if (target.kind !== 'attribute') {
    refuseRequired(target)
    noteValueBesidePath(value, context)
    return [{ kind: 'remove', target, named: undefined }]
  }
  const removal = readRemoval(target.attribute, value, context)
  switch (removal.kind) {
    case 'none':
      return []
    case 'all':
      refuseRequired(target)
      return [{ kind: 'remove', target, named: undefined }]
    case 'listed':
      return [{ kind: 'remove', target, named: readNamedElements(target.attribute, removal.elements, context) }]
  }
}

/** Whether it is the last element of a required attribute that goes is told when it is applied [REM-07]. */
function refuseRequired(target: AttributeTarget): void {
  const isWhole = 'sub' in target || target.kind === 'attribute'
  const removed = 'sub' in target ? target.sub : target.attribute
  if (removed.required && isWhole) {
    throw mutability(`\`${describeTarget(target)}\` is required and cannot be removed.`)
  }
}

/** `schemas` follows from the attributes present, so writing it changes nothing; what is unknown in it is dropped (compat 19). */
function parseSchemas(verb: Verb, { value, context }: Given): readonly PatchAction[] {
  if (verb === 'remove') {
    throw mutability('`schemas` follows from the attributes that a resource has; to leave an extension, remove its URN as a path.')
  }
  if (value === undefined) {
    throw missingValue(verb)
  }
  const urns = isArray(value) ? value : [value]
  if (!urns.every((urn) => typeof urn === 'string')) {
    throw invalidValue('`schemas` must be an array of URNs.')
  }
  noteUnknownSchemas(urns, context)
  return []
}

function isSchemas({ extension, attribute }: AttributeTarget): boolean {
  return extension === undefined && attribute.name === 'schemas'
}

function isId({ extension, attribute }: AttributeTarget): boolean {
  return extension === undefined && attribute.name === 'id'
}

function isReadOnly(target: AttributeTarget): boolean {
  return target.attribute.mutability === 'readOnly' || ('sub' in target && target.sub.mutability === 'readOnly')
}

function missingValue(verb: Verb): ScimError {
  return invalidValue(`${verb} needs a \`value\`${verb === 'replace' ? '; null clears the target' : ''}.`)
}
