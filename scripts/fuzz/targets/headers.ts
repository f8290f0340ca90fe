// The request itself: method, target and header lines as bytes. The input is the head without its last empty line, one character a byte;
// `<token>` and `<u0>` stand for what the server of the day has.
import type { Dice } from '../dice.ts'
import { filled, type Target, TOKEN, USERS } from '../target.ts'
import { mutated, TEXTS } from '../words.ts'

const METHODS = [
  'GET',
  'GET',
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'QUERY',
  'PROPFIND',
  'get',
  'FOO',
  '',
] as const
const PATHS = [
  '/scim/v2/Users?count=1',
  `/scim/v2/Users/${USERS[0]}`,
  '/scim/v2/Groups',
  '/scim/v2/Me',
  '/scim/v2/Schemas',
  '/scim/v2',
  '/scim',
  '/scim/v2/users',
  '//scim/v2/Users',
  '/scim/v2/Users/',
  '/scim/v2/%55sers',
  '/scim/v2/..%2fUsers',
  '/scim/v2/Users/%00',
  '/scim/v2/Users/%',
  '*',
  'http://x.example/scim/v2/Users',
  '/api/v1/me',
  '/metrics',
  '/healthz',
  '/admin',
  '/',
  'x',
] as const
const NAMES = [
  'Accept',
  'Accept',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Authorization',
  'Cookie',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-HTTP-Method-Override',
  'Accept-Encoding',
  'Content-Encoding',
  'Content-Length',
  'Transfer-Encoding',
  'Expect',
  'Upgrade',
  'Connection',
  'Range',
  'Origin',
  'Prefer',
  'User-Agent',
  'Host',
  'Content-Length',
  '',
  'a b',
  'X\u00ff',
] as const
const VALUES = [
  '*/*',
  'application/scim+json',
  'application/json;q=0.5, text/html',
  'text/html',
  'W/"1"',
  '*',
  '"x", W/"2"',
  `Bearer ${TOKEN}`,
  'Bearer ',
  'Bearer null',
  'Basic YTpi',
  '0',
  '5',
  '-1',
  '99999999999999999999',
  'chunked',
  'gzip, chunked',
  'gzip',
  '100-continue',
  'websocket',
  'close',
  'keep-alive',
  'bytes=0-1',
  '',
  'localhost',
  'application/scim+json; charset=utf-16',
  'q=;;;,,,',
] as const

function line(dice: Dice): string {
  const value = dice.oneIn(6) ? Buffer.from(dice.pick(TEXTS)).toString('latin1') : dice.pick(VALUES)
  return `${dice.pick(NAMES)}${dice.pick([': ', ':', ' : '])}${value}`
}

function head(dice: Dice): string {
  const request = `${dice.pick(METHODS)} ${dice.pick(PATHS)} ${dice.oneIn(12) ? dice.pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.1x', '']) : 'HTTP/1.1'}`
  const usual = ['Host: localhost', ...(dice.oneIn(6) ? [] : [`Authorization: Bearer ${TOKEN}`])]
  const lines = [request, ...usual, ...dice.list(dice.oneIn(50) ? 400 : 5, () => line(dice))].join('\r\n')
  return dice.oneIn(3) ? changed(dice, lines) : lines
}

function changed(dice: Dice, text: string): string {
  const at = dice.below(text.length)
  return dice.oneIn(2)
    ? Buffer.from(mutated(dice, text)).toString('latin1')
    : text.slice(0, at) + String.fromCharCode(dice.below(256)) + text.slice(at + 1)
}

export const headersTarget: Target = {
  name: 'headers',
  raw: true,
  generate: head,
  request: (input, world) => Buffer.from(`${filled(world, input)}\r\n\r\n`, 'latin1'),
}
