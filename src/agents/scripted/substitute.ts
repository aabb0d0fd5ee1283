// Answers that were given earlier, put into the texts of later steps. Pure.

/** `text` with every `{{answer.NAME}}` replaced; a name without an answer stays as it is. */
export function substitute(text: string, answers: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{\{\s*answer\.([\w-]+)\s*\}\}/g, (whole, name: string) =>
    Object.hasOwn(answers, name) ? (answers[name] ?? whole) : whole,
  )
}
