// Secrets taken out of texts before they are written down: what looks like a key, a token, a password or a private key by
// its own form or by the name in front of it. Rather too much than too little; hashes are of the text as it was. Pure.

const REDACTED = '[redacted]'

/** Forms that are secrets wherever they stand. */
const TOKENS = [
  /\bsk-(?:ant-|proj-|svcacct-)?[A-Za-z0-9_-]{16,}/g,
  /\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}/g,
  /\bwhsec_[A-Za-z0-9+/=]{16,}/g,
  /\bgh[pousr]_[A-Za-z0-9]{16,}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}/g,
  /\bgl(?:pat|ptt|dt|rt)-[A-Za-z0-9_-]{16,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\bya29\.[A-Za-z0-9_-]{20,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bpypi-[A-Za-z0-9_-]{30,}/g,
  /\bhf_[A-Za-z0-9]{24,}/g,
  /\bdop_v1_[a-f0-9]{32,}/g,
  /\bSG\.[A-Za-z0-9_-]{16,80}\.[A-Za-z0-9_-]{16,}/g,
  /\beyJ[A-Za-z0-9_-]{8,400}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{8,}/g,
] as const

/** Without any of these there is nothing to look for; most texts have none. */
const SUSPECT =
  /sk-|[srp]k_|whsec_|gh[pousr]_|github_pat|gl(?:pat|ptt|dt|rt)-|xox|akia|asia|aiza|ya29|npm_|pypi-|hf_|dop_v1|sg\.|eyj|key|token|secret|pass|credential|_pwd|_dsn|auth|cookie|bearer|basic|:\/\//i

const KEY_WHOLE =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
/** A key whose end, or whose beginning, was cut off. */
const KEY_BEGUN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*$/
const KEY_ENDED = /^[\s\S]*-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/

const BEARER = /\b(bearer|basic|token)(\s+)[A-Za-z0-9._~+/-]{12,}=*/gi
const HEADER =
  /\b((?:proxy-)?authorization|x-api-key|api-key|x-auth-token|x-goog-api-key|private-token|set-cookie|cookie)(\\?["']?\s*:\s*\\?["']?)(?!\[redacted\])(?:(?:bearer|basic|token)\s+)?[^\s"'\\\r\n][^"'\\\r\n]*/gi
const URL_LOGIN = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"']{0,80}:)[^\s:/@"']{1,200}(?=@)/gi
/** `DB_PASSWORD=…` and `export API_KEY: …`; names in capitals, values without blanks. */
const CAPITALS =
  /\b([A-Z][A-Z0-9_]{0,60}?(?:API_?KEY|ACCESS_?KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|PRIVATE_?KEY|_KEY|_PWD|_DSN)[A-Z0-9_]{0,20})(\\?["']?\s*[=:]\s*\\?["']?)(?![\s"'\\$[({])[^\s"'\\,;]{4,}/g
/** `"api_key": "…"`, `password = '…'`: names as code writes them, values in quotes. */
const QUOTED =
  /\b((?:[a-z0-9]+[_-]?)?(?:api[_-]?key|secret(?:[_-]?(?:access[_-]?)?key)?|password|passwd|passphrase|access[_-]?token|auth[_-]?token|refresh[_-]?token|bearer[_-]?token|client[_-]?secret|private[_-]?key))(\\?["']?\s*[:=]\s*)(\\?["'])(?!\[redacted\])[^\s"'\\]{6,}(?=\\?["'])/gi
const FLAG =
  /(--(?:password|token|api-key|secret|access-token|auth-token)(?:=|\s+))(?![\s\-$[])[^\s"'\\]{4,}/g
/** A line of an environment file, with or without the number that agents put in front. */
const ENV_LINE =
  /^([ \t]*(?:\d+[ \t]*(?:\t|→|\||:)[ \t]*)?[+\- ]?(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.]*[ \t]*=[ \t]*)(?=\S).*$/gm
const ENV_FILE = /(?:^|[\s/"'=])\.env(?:rc)?(?:\.[\w.-]+)?(?=$|[\s"';|&)])/

/** `text` without what looks like a secret. Doing it twice changes nothing more. */
export function redact(text: string): string {
  if (!SUSPECT.test(text)) return text
  let clean = text
  if (clean.includes('PRIVATE KEY')) {
    clean = clean.replace(KEY_WHOLE, REDACTED).replace(KEY_BEGUN, REDACTED).replace(KEY_ENDED, REDACTED)
  }
  for (const form of TOKENS) clean = clean.replace(form, REDACTED)
  return clean
    .replace(HEADER, `$1$2${REDACTED}`)
    .replace(BEARER, `$1$2${REDACTED}`)
    .replace(URL_LOGIN, `$1${REDACTED}`)
    .replace(CAPITALS, `$1$2${REDACTED}`)
    .replace(QUOTED, `$1$2$3${REDACTED}`)
    .replace(FLAG, `$1${REDACTED}`)
}

/** The same, and every value of lines `NAME=value` besides: for what came out of an environment file. */
export function redactEnvironment(text: string): string {
  return redact(text.replace(ENV_LINE, `$1${REDACTED}`))
}

/** Whether a path, or a command, names an environment file: `.env`, `.env.local`. */
export function namesEnvironmentFile(text: string): boolean {
  return ENV_FILE.test(text)
}
