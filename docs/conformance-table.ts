import { builtOperations, declaredErrors, declaredMembers } from '../test/conformance/facts.ts';
import type { OperationName } from '../test/conformance/facts.ts';
import { errorsLeft, leftErrors, leftMembers, membersLeft, operationsOf } from '../test/conformance/left.ts';
import type { Left } from '../test/conformance/left.ts';

/** What is left of so many operations stands once, below the table. */
const many = 20;

/** What the conformance suite shows of each operation, and what it does not, with the reasons. */
export function conformanceTables(): string {
  const declared = total(declaredErrors);
  const members = total(declaredMembers);
  return [
    `${declared - total(errorsLeft)} of ${declared} declared errors are provoked, ${members - total(membersLeft)} of ${members} members of outputs brought about.`,
    '| operation | errors | members | left |\n|---|---|---|---|\n' + builtOperations.map(row).join('\n'),
    `What is left, and why. What is left of ${many} operations or more is not named in the table above.`,
    '| left | of | why |\n|---|---|---|\n' + [...leftErrors, ...leftMembers].map(reason).join('\n'),
  ].join('\n\n');
}

const total = (of: (name: OperationName) => readonly string[]) =>
  builtOperations.reduce((sum, name) => sum + of(name).length, 0);

function row(name: OperationName): string {
  const common = leftErrors.filter((left) => operationsOf(left).length >= many).map(({ what }) => what);
  const [errors, members] = [errorsLeft(name), membersLeft(name)];
  const named = [...errors.filter((code) => !common.includes(code)), ...topmost(members)];
  return `| ${name} | ${share(declaredErrors(name), errors)} | ${share(declaredMembers(name), members)} | ${named.map(short).join(', ')} |`;
}

/** Without the members below those that are left themselves. */
const topmost = (members: readonly string[]) =>
  members.filter((member) => !members.some((other) => member.startsWith(`${other}.`)));

const share = (declared: readonly string[], left: readonly string[]) =>
  declared.length === 0 ? '' : `${declared.length - left.length}/${declared.length}`;

const short = (what: string) => (what.endsWith('Exception') ? what.slice(0, -'Exception'.length) : what);

function reason(left: Left): string {
  const meant = operationsOf(left);
  const where = meant.length >= many ? `${meant.length} operations` : meant.join(', ');
  return `| ${short(left.what)} | ${where} | ${left.why} |`;
}
