const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For HTML, in text and in attributes with quotes (security OUT-3, WEB-4). */
export const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
