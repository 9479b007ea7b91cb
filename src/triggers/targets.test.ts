import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { targetsOf } from './targets.ts';

test('targets are URLs, Lambda endpoints and files', () => {
  const text = [
    'hello = https://functions.example.com/hello?x=1=2',
    'hello:live=lambda',
    '*=lambda:http://127.0.0.1:4566',
    'arn:aws:lambda:us-east-1:123456789012:function:a=lambda:http://127.0.0.1:9000/my%20function',
    'b=./functions/b.ts',
    'c=c.mjs#preSignUp',
    'd=file:///srv/d.cjs',
  ].join('\n');
  const expected = [
    ['hello', { kind: 'http', url: 'https://functions.example.com/hello?x=1=2' }],
    ['hello:live', { kind: 'lambda' }],
    ['*', { kind: 'lambda', endpoint: 'http://127.0.0.1:4566' }],
    [
      'arn:aws:lambda:us-east-1:123456789012:function:a',
      { kind: 'lambda', endpoint: 'http://127.0.0.1:9000', name: 'my function' },
    ],
    ['b', { kind: 'module', file: resolve('functions/b.ts'), handler: 'handler' }],
    ['c', { kind: 'module', file: resolve('c.mjs'), handler: 'preSignUp' }],
    ['d', { kind: 'module', file: '/srv/d.cjs', handler: 'handler' }],
  ];
  assert.deepEqual([...targetsOf(text)], expected);
  const json = JSON.stringify({ hello: 'lambda', b: './b.ts' });
  assert.deepEqual([...targetsOf(json).keys()], ['hello', 'b']);
});

const wrong = [
  'hello',
  '=./b.ts',
  'he llo=./b.ts',
  'hello=',
  'hello=./b.txt',
  'hello=ftp://example.com/a.js',
  'hello=http://user:secret@example.com/',
  'hello=lambda:ftp://example.com',
  'hello=lambda:',
  '{"hello":1}',
  '{"hello":',
  'hello=https://example.com/a#b',
];
for (const text of wrong) {
  test(`a target is refused: ${text}`, () => {
    assert.throws(() => targetsOf(text), /^Error: must /);
  });
}
