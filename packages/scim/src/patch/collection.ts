// Operations on collections, such as the members of a group, as steps that the store takes. The elements are never loaded, so all
// is decided from the request alone: elements come and go whole, known by their `value`, and are never rewritten [GRP-03].
import { invalidValue, mutability, type ScimError } from '../errors.ts'
import { isObject, type Json } from '../json.ts'
import type { CollectionElement, CollectionStep } from '../resource/change.ts'
import { parseCollection } from '../resource/collection.ts'
import type { Attribute } from '../schema/attribute.ts'
import { parseTerms } from './assignment.ts'
import type { Context } from './context.ts'
import { givenValue, noteValueBesidePath, readRemoval, requireNamed, valueBesideFilter, type Verb } from './dialect.ts'
import type { PatchAction } from './operation.ts'
import { type AttributeTarget, describeTarget, type Selection } from './target.ts'

type Given = { readonly value: Json | undefined; readonly context: Context }

/** Whether the store keeps the target's attribute element by element. */
export function isCollection({ extension, attribute }: AttributeTarget, { resourceType }: Context): boolean {
  return extension === undefined && resourceType.collections.includes(attribute.name)
}

/**
 * The step that an operation on a collection means, or undefined when it changes nothing.
 * @throws ScimError 400 mutability for anything that would rewrite elements, 400 invalidValue, 413.
 */
export function collectionAction(verb: Verb, target: AttributeTarget, given: Given): PatchAction | undefined {
  const step = collectionStep(verb, target, given)
  return step && { kind: 'steps', steps: [step] }
}

function collectionStep(verb: Verb, target: AttributeTarget, { value, context }: Given): CollectionStep | undefined {
  switch (target.kind) {
    case 'attribute':
      return verb === 'remove' ? removal(target.attribute, { value, context }) : assignment(verb, target.attribute, { value, context })
    case 'element':
      if (verb === 'remove') {
        noteValueBesidePath(value, context)
        return selectedRemoval(target.attribute, target.selection)
      }
      return selectedAdd(verb, target, { value, context })
    case 'subAttribute':
    case 'elementSubAttribute':
      throw immutable(target)
  }
}

function assignment(verb: 'add' | 'replace', attribute: Attribute, { value, context }: Given): CollectionStep | undefined {
  if (value === undefined) {
    throw invalidValue(`${verb} needs a \`value\`.`)
  }
  if (verb === 'add' && value === null) {
    throw invalidValue(`add needs elements for \`${attribute.name}\`; to remove all of them, use remove.`)
  }
  const elements = parseElements(attribute, value, context)
  if (verb === 'replace') {
    return { kind: 'set', attribute: attribute.name, elements }
  }
  return elements.length === 0 ? undefined : { kind: 'add', attribute: attribute.name, elements }
}

function removal(attribute: Attribute, { value, context }: Given): CollectionStep | undefined {
  const listed = readRemoval(attribute, value, context)
  switch (listed.kind) {
    case 'none':
      return undefined
    case 'all':
      return { kind: 'set', attribute: attribute.name, elements: [] }
    case 'listed': {
      const values = new Set(listed.elements.map((element) => listedValue(attribute, element)))
      return { kind: 'remove', attribute: attribute.name, values: [...values] }
    }
  }
}

function listedValue(attribute: Attribute, element: Json): string {
  const value = givenValue(element)
  return requireNamed(attribute, typeof value === 'string' && value !== '' ? value : undefined)
}

function selectedRemoval(attribute: Attribute, { filter, values }: Selection): CollectionStep {
  return values === undefined
    ? { kind: 'removeWhere', attribute: attribute.name, filter }
    : { kind: 'remove', attribute: attribute.name, values }
}

/** `members[value eq "U1"]` names the element to add, with or without a value beside it (ZZ-2). */
function selectedAdd(verb: Verb, target: AttributeTarget & { kind: 'element' }, { value, context }: Given): CollectionStep {
  const { attribute, selection } = target
  const terms = parseTerms(selection, attribute, context)
  if (verb !== 'add' || terms === undefined || typeof terms['value'] !== 'string') {
    throw immutable(target)
  }
  const given = valueBesideFilter(value, context)
  const [element, ...others] = parseElements(attribute, isObject(given) ? [{ ...terms, ...given }] : given, context)
  if (element === undefined || others.length > 0 || element.value !== terms['value']) {
    throw invalidValue(`add to \`${describeTarget(target)}\`: the \`value\` must be the one element that the filter names.`)
  }
  return { kind: 'add', attribute: attribute.name, elements: [element] }
}

function parseElements(attribute: Attribute, json: Json, { limits, profile, compat }: Context): readonly CollectionElement[] {
  return parseCollection(attribute, json, { where: attribute.name, limits, profile, compat, lenient: true })
}

function immutable(target: AttributeTarget): ScimError {
  const { name } = target.attribute
  return mutability(
    `\`${describeTarget(target)}\` cannot be rewritten; remove the element and add another, or replace \`${name}\` as a whole.`,
  )
}
