import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceType } from './device-type.ts';

const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/537.36 (KHTML, like Gecko)';
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64';

const agents: Readonly<Record<string, string>> = {
  [`${mac} Chrome/125.0.0.0 Safari/537.36`]: 'Chrome 125 / macOS 15.0',
  [`${mac} Version/17.4.1 Safari/605.1.15`]: 'Safari 17 / macOS 15.0',
  [`${phone} Version/17.5 Mobile/15E148 Safari/604.1`]: 'Safari 17 / iOS 17.5',
  [`${phone} CriOS/126.0 Mobile/15E148 Safari/604.1`]: 'Chrome 126 / iOS 17.5',
  [`${windows}; rv:127.0) Gecko/20100101 Firefox/127.0`]: 'Firefox 127 / Windows 10.0',
  [`${windows}) Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0`]: 'Edge 125 / Windows 10.0',
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/125.0.0.0 Mobile Safari/537.36': 'Chrome 125 / Android 14',
  'Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0': 'Firefox 127 / Linux',
  'aws-sdk-js/3.600.0 os/linux#6.1': 'aws-sdk-js 3.600',
  'Mozilla/5.0': 'unknown',
  '<script>/1.0': 'unknown',
  '': 'unknown',
};

for (const [agent, device] of Object.entries(agents)) {
  test(`a session from ${agent === '' ? 'nothing' : agent} shows ${device}`, () => {
    assert.equal(deviceType(agent), device);
  });
}

test('IN-9 the longest user agent makes a short device', () => {
  for (const piece of ['Mac OS X 1', 'Version/1.1.1', 'a', 'Windows NT ', 'x/1 '])
    assert.ok(deviceType(piece.repeat(5000)).length < 200);
});
