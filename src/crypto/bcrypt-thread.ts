import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { BcryptAnswer, BcryptQuestion } from './bcrypt.ts';

// The thread in which bcrypt hashes are computed: see bcrypt.ts.

const port = parentPort;
const tell = (answer: BcryptAnswer) => port?.postMessage(answer);
port?.on('message', ({ id, password, hash }: BcryptQuestion) => {
  tell({ id, isRight: compareSync(password, hash) });
});
