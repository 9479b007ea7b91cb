import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageTypeOf } from './image.ts';

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

test('an image is what its bytes say', () => {
  assert.equal(imageTypeOf(bytes([0x89], 'PNG\r\n', [0x1a], '\nIHDR')), 'PNG');
  assert.equal(imageTypeOf(bytes([0xff, 0xd8, 0xff, 0xe0], 'JFIF')), 'JPEG');
  assert.equal(imageTypeOf(bytes([0, 0, 1, 0, 1, 0])), 'ICO');
  assert.equal(imageTypeOf(bytes('RIFF', [1, 2, 3, 4], 'WEBPVP8 ')), 'WEBP');
  for (const svg of [
    '<svg/>',
    '<svg xmlns="http://www.w3.org/2000/svg"><path fill="url(#a)" d="M0 0"/></svg>',
    '\uFEFF<?xml version="1.0"?>\n<!-- drawn by hand -->\n<!-- twice --><svg><g style="fill:#fff"/></svg>',
    '<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>',
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?><svg/>',
    "<?xml version='1.0' encoding = 'iso-8859-1'?><svg/>",
  ])
    assert.equal(imageTypeOf(bytes(svg)), 'SVG', svg);
});

const hostile: readonly string[] = [
  '',
  'GIF89a',
  '<html><script>alert(1)</script></html>',
  'PNG\r\n<script>',
  '<svgx/>',
  '<!DOCTYPE svg [<!ENTITY a "b">]><svg>&a;</svg>',
  '<svg><script>alert(1)</script></svg>',
  '<svg><SCRIPT href="x"/></svg>',
  '<svg xmlns:s="http://www.w3.org/2000/svg"><s:script>alert(1)</s:script></svg>',
  '<svg onload="alert(1)"/>',
  '<svg\nonload\n=\nalert(1)>',
  '<svg><g/onclick="x"/></svg>',
  '<svg><a href="javascript:alert(1)"><text>x</text></a></svg>',
  '<svg><a xlink:href="&#106;avascript:alert(1)"/></svg>',
  '<svg><use href="https://evil.example/x.svg#a"/></svg>',
  '<svg><image href="https://evil.example/track.png"/></svg>',
  '<svg><foreignObject><iframe/></foreignObject></svg>',
  '<svg><style>@import "https://evil.example";</style></svg>',
  '<svg><set attributeName="href" to="javascript:1"/></svg>',
  '<svg><animate attributeName="href"/></svg>',
  '<svg><animateTransform /></svg>',
  '<svg><rect fill="url(https://evil.example#a)"/></svg>',
  '<svg><!--><script>alert(1)</script>--></svg>',
  '<svg><?xml-stylesheet href="x"?></svg>',
  '<svg><![CDATA[<script>]]></svg>',
  '<!-- <svg/>',
  '<svg><listener event="load"/></svg>',
  '<?xml version="1.0" encoding="ISO-2022-JP"?><svg><scr\u001B(Bipt>alert(1)</scr\u001B(Bipt></svg>',
  '<?xml version="1.0"\nencoding\n=\n"utf-7"?><svg>+ADw-script+AD4-</svg>',
];

test('WEB-4 what is no image, or more than one, is none', () => {
  for (const text of hostile) assert.equal(imageTypeOf(Buffer.from(text)), undefined, text);
});
