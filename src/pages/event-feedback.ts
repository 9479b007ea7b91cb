/** What the links of a notice about a sign-in lead to. Nothing in it comes from users but the token, which is base64url. */
export type FeedbackPage =
  /** Asks for a click: programs that scan mails follow links, and must not answer for the user. */
  | { readonly at: 'asking'; readonly value: 'valid' | 'invalid'; readonly token: string }
  | { readonly at: 'told'; readonly value: 'valid' | 'invalid' }
  | { readonly at: 'refused' };

export function feedbackPage(page: FeedbackPage): string {
  switch (page.at) {
    case 'asking':
      return document('Was it you?', asking(page.value, page.token));
    case 'told':
      return document('Thank you', told[page.value]);
    default:
      return document('This link is not valid', '<p>It has run out, or was not copied as a whole.</p>');
  }
}

function asking(value: 'valid' | 'invalid', token: string): string {
  const answers = { valid: 'Yes, it was me', invalid: 'No, it was not me' };
  // What the link says comes first.
  const order = value === 'valid' ? (['valid', 'invalid'] as const) : (['invalid', 'valid'] as const);
  const buttons = order.map((each) => `<button name="value" value="${each}">${answers[each]}</button>`);
  return [
    '<p>Somebody signed in to your account, or tried to, as the message said that brought you here.</p>',
    '<form method="post">',
    `<input type="hidden" name="token" value="${token}">`,
    ...buttons,
    '</form>',
  ].join('\n');
}

const told = {
  valid: '<p>Sign-ins like this one will be taken for yours.</p>',
  invalid: '<p>Sign-ins like this one will be looked at closely. Change your password now.</p>',
};

const document = (title: string, body: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${title}</title>
</head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>
`;
