import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cssText, parseCss } from './page-css.ts';

test('a style sheet is read and written anew', () => {
  const text = `/* ours */ .logo-customizable { max-width: 60%; max-height:30% }
    .submitButton-customizable , .submitButton-customizable:hover{COLOR:#ffffff;background: linear-gradient(to right, rgba(1,2,3,.5), #fff);}
    .banner-customizable {}`;
  assert.equal(
    cssText(parseCss(text)),
    '.logo-customizable{max-width:60%;max-height:30%}\n' +
      '.submitButton-customizable,.submitButton-customizable:hover{color:#ffffff;background:linear-gradient(to right, rgba(1,2,3,.5), #fff)}\n' +
      '.banner-customizable{}',
  );
});

const rule = (declaration: string) => `.label-customizable{${declaration}}`;

/** How sheets attack: each row is refused for one reason. */
const hostile: readonly string[] = [
  '.foo{color:red}',
  'body{color:red}',
  '*{color:red}',
  '.label-customizable .foo{color:red}',
  '.label-customizable > input{color:red}',
  '.label-customizable[value^="a"]{color:red}',
  '.label-customizable::after{color:red}',
  '.label-customizable:not(.x){color:red}',
  'html,.label-customizable{color:red}',
  '.label-customizable,{color:red}',
  '.LABEL-customizable{color:red}',
  '.label-customizable:hover:focus{color:red}',
  '#label-customizable{color:red}',
  '@import "https://evil.example/x.css";',
  '@import url(//evil.example);.label-customizable{color:red}',
  '@im/**/port "x";',
  '@media all{.label-customizable{color:red}}',
  '@supports (color:red){.label-customizable{color:red}}',
  '@page{color:red}',
  '@font-face{font-family:x;src:url(x)}',
  '@charset "utf-7";',
  '\\40import "x";',
  '\\@import "x";',
  rule('background:url(https://evil.example/a.png)'),
  rule('background:url(data:text/html,x)'),
  rule('background:URL("//evil.example")'),
  rule('background:u\\72l(https://evil.example)'),
  rule('background:u/**/rl(//evil.example) image-set(x)'),
  rule('background:image-set("https://evil.example" 1x)'),
  rule('background:element(#secret)'),
  rule('background:-webkit-image-set("x" 1x)'),
  rule('width:expression(alert(1))'),
  rule('width:exp/**/ression(alert(1))'),
  rule('width:expression (alert(1))'),
  rule('width:attr(value px)'),
  rule('width:env(x)'),
  rule('width:var(--x)'),
  rule('--x:red'),
  rule('behavior:none'),
  rule('-moz-binding:none'),
  rule('position:fixed'),
  rule('position:absolute;top:0'),
  rule('z-index:9999'),
  rule('content:"Sign in here"'),
  rule('transform:scale(9)'),
  rule('animation:x 1s'),
  rule('filter:none'),
  rule('color:red}</style><script>alert(1)</script>'),
  rule('color:</style>'),
  rule('color:red;<!--'),
  rule('color:java\u0000script'),
  rule('color:é'),
  rule('color:red:hover'),
  rule('color'),
  rule('color:'),
  rule('color:red{color:blue}'),
  rule(`color:${'a'.repeat(1001)}`),
  '.label-customizable{color:red',
  '.label-customizable color:red}',
  '.label-customizable',
  '}',
  '{color:red}',
  '/* .label-customizable{color:red}',
  '.label-customizable{color:red} */',
  'javascript:alert(1)',
];

test('WEB-3 hostile style sheets are refused', () => {
  assert.ok(hostile.length >= 50);
  for (const text of hostile)
    assert.throws(() => parseCss(text), { code: 'InvalidParameterException' }, text);
});

test('WEB-3 what is long takes no longer than it is', () => {
  for (const piece of [
    ' ',
    '/*',
    'a',
    '(',
    '{',
    '.label-customizable{color:red}',
    rule('color:a '),
    ',',
    ';',
  ]) {
    const text = piece.repeat(131_072 / piece.length);
    const started = process.cpuUsage();
    try {
      parseCss(text);
    } catch {
      // Refused or taken: quickly.
    }
    assert.ok(process.cpuUsage(started).user < 2_000_000, piece);
  }
});
